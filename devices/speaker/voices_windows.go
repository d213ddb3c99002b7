package speaker

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"golang.org/x/sys/windows"
)

// What to do where nothing plays or speaks.
const (
	soundAdvice  = "Windows has no winmm.dll: add its media features"
	speechAdvice = "Windows has no PowerShell: install it, or espeak-ng"
)

// voices are Windows' own, or those of the named programs.
func voices(names []string) []program {
	if len(names) > 0 {
		return named(names)
	}
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return nil
	}
	shell := filepath.Join(system, "WindowsPowerShell", "v1.0", "powershell.exe")
	if _, err := os.Stat(shell); err != nil {
		return named([]string{"espeak-ng"})
	}
	return []program{{name: "powershell", writes: true, run: func(ctx context.Context, r request) error {
		return command(ctx, r.text, shell, "-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand", encoded(speaking(base(r.language), r.file)))
	}}}
}

// speaking is a script that speaks its standard input, UTF-8, into a file by the first of
// Windows' voices for a language (System.Speech.Synthesis of .NET, which is SAPI).
func speaking(language, file string) string {
	quoted := func(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
	return `$ErrorActionPreference = 'Stop'
try {
	Add-Type -AssemblyName System.Speech
	$said = (New-Object IO.StreamReader ([Console]::OpenStandardInput()), ([Text.Encoding]::UTF8)).ReadToEnd()
	$speaker = New-Object System.Speech.Synthesis.SpeechSynthesizer
	$voice = $speaker.GetInstalledVoices() | Where-Object { $_.Enabled -and $_.VoiceInfo.Culture.TwoLetterISOLanguageName -eq ` + quoted(language) + ` } | Select-Object -First 1
	if (-not $voice) { throw ` + quoted("no voice for "+language+": add one in Settings, Time and language, Speech") + ` }
	$speaker.SelectVoice($voice.VoiceInfo.Name)
	$speaker.SetOutputToWaveFile(` + quoted(file) + `)
	$speaker.Speak($said)
	$speaker.Dispose()
} catch { [Console]::Error.WriteLine($_.Exception.Message); exit 1 }
`
}

// encoded is a script as powershell -EncodedCommand wants it: base64 of UTF-16, the low
// byte first. So nothing in it is taken apart on the way.
func encoded(script string) string {
	var bytes []byte
	for _, unit := range utf16.Encode([]rune(script)) {
		bytes = binary.LittleEndian.AppendUint16(bytes, unit)
	}
	return base64.StdEncoding.EncodeToString(bytes)
}
