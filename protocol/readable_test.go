package protocol_test

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"time"

	"countersign/protocol"
)

// readable turns a decoded message into what JSON shows of it: names for roles
// and results, RFC 3339 for times, hexadecimal digits for bytes and for messages
// within the message. Fields keep their Go names and absent ones are null.
func readable(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case protocol.Time:
		return v.Time().Format(time.RFC3339)
	case protocol.Role:
		return v.String()
	case protocol.Result:
		return v.String()
	case protocol.RefundResult:
		return v.String()
	case protocol.TotalsKind:
		return v.String()
	case protocol.TapStatus:
		return v.String()
	case protocol.TransferResult:
		return v.String()
	case protocol.ClearingResult:
		return v.String()
	case protocol.ID:
		return string(v)
	case protocol.Account:
		return string(v)
	case interface{ Bytes() []byte }:
		if reflect.ValueOf(v).IsNil() {
			return nil
		}
		return hex.EncodeToString(v.Bytes())
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Pointer:
		if r.IsNil() {
			return nil
		}
		return readable(r.Elem().Interface())
	case reflect.Slice:
		if r.IsNil() {
			return nil
		}
		if r.Type().Elem().Kind() == reflect.Uint8 {
			return hex.EncodeToString(r.Bytes())
		}
		all := []any{}
		for i := range r.Len() {
			all = append(all, readable(r.Index(i).Interface()))
		}
		return all
	case reflect.Array:
		b := make([]byte, r.Len())
		reflect.Copy(reflect.ValueOf(b), r)
		return hex.EncodeToString(b)
	case reflect.Struct:
		fields := make(map[string]any)
		for i := range r.NumField() {
			if f := r.Type().Field(i); f.Name != "_" {
				fields[f.Name] = readable(r.Field(i).Interface())
			}
		}
		return fields
	case reflect.Bool:
		return r.Bool()
	case reflect.String:
		return r.String()
	case reflect.Int, reflect.Int64:
		return r.Int()
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return r.Uint()
	}
	panic(fmt.Sprintf("no readable form of %T", v))
}
