package configuring

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"countersign/app/program"
	"countersign/app/program/configuration"
	"countersign/app/program/wholefile"
)

// FetchTime is how long a server may take to hand a file over.
const FetchTime = 30 * time.Second

// mostRedirects is how often a server may point elsewhere.
const mostRedirects = 3

// fetch is "config fetch".
func (c Commands) fetch(ctx context.Context, args []string, out, errOut io.Writer) error {
	flags := program.NewFlags(c.Declaration.Program+" config fetch", errOut)
	address := flags.String("url", "", "`URL` of the file, https://…")
	sum := flags.String("sha256", "", "SHA-256 that the file has to have, 64 hex `digits`")
	ca := flags.String("ca", "", "`file` of certificates (PEM) that the server's is verified by (default the system's)")
	c.Declaration.RegisterFile(flags)
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	file, _ := c.Declaration.Named(flags, c.Declaration.Here())
	from, err := url.Parse(*address)
	switch {
	case err != nil || from.Scheme != "https" || from.Host == "":
		return program.Usagef("config fetch needs --url with an address https://…")
	case file == "":
		return program.Usagef("config fetch needs --config with the file to replace")
	}
	wanted, err := hex.DecodeString(*sum)
	if err != nil || len(wanted) != 0 && len(wanted) != sha256.Size {
		return program.Usagef("--sha256 takes 64 hex digits")
	}
	data, err := download(ctx, from, *ca)
	if err != nil {
		return err
	}
	have := sha256.Sum256(data)
	if len(wanted) > 0 && !bytes.Equal(wanted, have[:]) {
		return fmt.Errorf("the file of %s has SHA-256 %x, not the one that was told: nothing was changed", configuration.Redacted(from.String()), have)
	}
	changed, err := c.replace(file, configuration.Redacted(from.String()), data, errOut)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(map[string]any{"config": file, "changed": changed, "sha256": hex.EncodeToString(have[:])})
}

// download fetches a file over TLS.
func download(ctx context.Context, from *url.URL, ca string) (_ []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, FetchTime)
	defer cancel()
	secure := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("read --ca: %w", err)
		}
		if secure.RootCAs = x509.NewCertPool(); !secure.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--ca %s has no certificate in it", ca)
		}
	}
	transport := &http.Transport{TLSClientConfig: secure, Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(to *http.Request, before []*http.Request) error {
		if to.URL.Scheme != "https" || len(before) > mostRedirects {
			return errors.New("the server points to an address without TLS, or on and on")
		}
		return nil
	}}
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, from.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("fetch the configuration: %w", err)
	}
	answer, err := client.Do(ask)
	if err != nil {
		// It says the address that was asked last, of which only the password is left out.
		var asked *url.Error
		if errors.As(err, &asked) {
			return nil, fmt.Errorf("fetch the configuration: %s: %w", configuration.Redacted(asked.URL), asked.Err)
		}
		return nil, fmt.Errorf("fetch the configuration: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch the configuration: %s answers %s", configuration.Redacted(from.String()), answer.Status)
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, configuration.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("fetch the configuration: %w", err)
	}
	return data, nil
}

// replace checks what was fetched and puts it in the file's place; the file before
// is kept. changed is false where it is the same already.
func (c Commands) replace(file, source string, data []byte, errOut io.Writer) (changed bool, err error) {
	if _, err := c.Declaration.Decode(source, data); err != nil {
		return false, err
	}
	before, err := os.ReadFile(file)
	there := err == nil
	switch {
	case there && bytes.Equal(before, data):
		return false, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("read the file to replace: %w", err)
	}
	next, err := stage(file, data)
	if err != nil {
		return false, err
	}
	defer os.Remove(next) // unless it is in its place
	if c.Check != nil {
		if err := c.Check([]string{"--" + configuration.FileFlag, next}, errOut); err != nil {
			return false, fmt.Errorf("what %s has cannot be: %s", source, strings.ReplaceAll(err.Error(), next, source))
		}
	}
	if there {
		kept, err := stage(file, before)
		if err != nil {
			return false, err
		}
		defer os.Remove(kept)
		if err := wholefile.Rename(kept, file+".old"); err != nil {
			return false, fmt.Errorf("keep the file before: %w", err)
		}
	}
	if err := wholefile.Rename(next, file); err != nil {
		return false, fmt.Errorf("replace the file: %w", err)
	}
	return true, nil
}
