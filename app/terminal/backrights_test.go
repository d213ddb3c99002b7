package main

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/app/terminal/office"
	"countersign/app/terminal/preferences"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// memory is a staff's file and its journal, which nobody reads here.
type memory struct {
	mu   sync.Mutex
	text []byte
}

func (m *memory) Load(context.Context) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text, nil
}

func (m *memory) Save(_ context.Context, text []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.text = slices.Clone(text)
	return nil
}

func (m *memory) Record(context.Context, staff.Event) error { return nil }

// deskOf is a desk with somebody of each role, of whom one is on duty, or nobody.
func deskOf(t *testing.T, duty staff.Role) *staff.Desk {
	t.Helper()
	kept := &memory{}
	desk, err := staff.Open(t.Context(), staff.Options{
		Store: kept, Recorder: kept, Now: time.Now, Log: slog.New(slog.DiscardHandler), Costs: staff.Costs{Memory: 64, Time: 1, Threads: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	pin := []byte("274913")
	if err := desk.Add(t.Context(), nil, "manager", staff.Manager, pin); err != nil {
		t.Fatal(err)
	}
	first, err := desk.Login(t.Context(), "manager", pin)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []staff.Role{staff.Cashier, staff.Installer} {
		if err := desk.Add(t.Context(), first, protocol.ID(r), r, pin); err != nil {
			t.Fatal(err)
		}
	}
	if duty != "" {
		if _, err := desk.SignIn(t.Context(), protocol.ID(duty), pin); err != nil {
			t.Fatal(err)
		}
	}
	return desk
}

// ask asks a backoffice for an intent with nothing but a context that is over. What is
// behind the desk is not there: to come so far as to miss it is to have been let through.
func ask(t *testing.T, b backoffice, name string) (err error) {
	t.Helper()
	method := reflect.ValueOf(b).MethodByName(name)
	over, end := context.WithCancel(t.Context())
	end()
	var words []reflect.Value
	for i := range method.Type().NumIn() {
		word := reflect.Zero(method.Type().In(i))
		if method.Type().In(i) == reflect.TypeFor[context.Context]() {
			word = reflect.ValueOf(over)
		}
		words = append(words, word)
	}
	defer func() {
		if missed, is := recover().(error); is {
			err = missed
		}
	}()
	answers := method.Call(words)
	err, _ = answers[len(answers)-1].Interface().(error)
	return err
}

// intents are the methods of the manager's pages' port.
func intents(of reflect.Type) (names []string) {
	for i := range of.NumMethod() {
		names = append(names, of.Method(i).Name)
	}
	return names
}

// unruled are the methods that have no rule of who may ask for them.
func unruled(of reflect.Type) (names []string) {
	for _, name := range intents(of) {
		if len(office.Intent(name).Needs()) == 0 {
			names = append(names, name)
		}
	}
	return names
}

// Each intent is for whom it is for, whatever page it comes from; nobody on duty may
// nothing.
func TestEachIntentAsksTheDesk(t *testing.T) {
	all := []staff.Role{staff.Cashier, staff.Manager, staff.Installer}
	till, devices, shop := all[:2], all[1:], all[1:2]
	may := map[string][]staff.Role{
		"Reprint": till, "PlanRefund": till, "PlanVoid": till, "GiveBack": till,
		"OpenShift": till, "CloseShift": till, "Report": till, "Zs": shop, "PrintReport": till, "SaveReport": till,
		"MoveCash": shop, "OpenDrawer": till, "Export": shop,
		"TestCamera": devices, "TestFinger": devices, "TestPrinter": devices, "TestReader": devices, "TestSound": devices, "Prefer": devices,
		"AddMember": shop, "RemoveMember": shop, "SetPIN": shop, "Unlock": shop, "ChangePIN": all, "BeginTraining": till,
	}
	for _, role := range append(all, "") {
		for _, name := range intents(reflect.TypeFor[office.Intents]()) {
			roles, known := may[name]
			if !known {
				t.Errorf("%s: nothing says here who may", name)
			}
			b := backoffice{&terminal{desk: deskOf(t, role), log: slog.New(slog.DiscardHandler)}}
			b.Data = t.TempDir()
			b.preferred.Store(&preferences.Preferences{})
			err := ask(t, b, name)
			barred := errors.Is(err, staff.ErrNotAllowed) || errors.Is(err, staff.ErrNobody)
			switch {
			case slices.Contains(roles, role) && barred:
				t.Errorf("%s is kept from %q: %v", name, role, err)
			case !slices.Contains(roles, role) && !barred:
				t.Errorf("%s is let through for %q: %v", name, role, err)
			case role == "" && !errors.Is(err, staff.ErrNobody):
				t.Errorf("%s for nobody: %v", name, err)
			}
		}
	}
}

// A counter without a staff is run by whoever stands there; its first manager may come
// from the window.
func TestIntentsWithoutStaff(t *testing.T) {
	kept := &memory{}
	desk, err := staff.Open(t.Context(), staff.Options{Store: kept, Recorder: kept, Now: time.Now, Log: slog.New(slog.DiscardHandler), Costs: staff.Costs{Memory: 64, Time: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	b := backoffice{&terminal{desk: desk}}
	if err := b.may(office.ToExport); err != nil {
		t.Error(err)
	}
	if err := b.AddMember(t.Context(), "A-01", staff.Manager, []byte("274913")); err != nil {
		t.Error(err)
	}
	if err := b.may(office.ToExport); !errors.Is(err, staff.ErrNobody) {
		t.Errorf("with a staff: %v", err)
	}
}

// Every intent has a rule, and a new one is noticed that has none.
func TestEveryIntentHasARule(t *testing.T) {
	port := reflect.TypeFor[office.Intents]()
	if names := unruled(port); len(names) != 0 {
		t.Errorf("nothing says who may ask for %v", names)
	}
	for _, i := range office.Ruled() {
		if _, is := port.MethodByName(string(i)); !is {
			t.Errorf("there is a rule for %s, which nobody can ask for", i)
		}
	}
	if names := unruled(reflect.TypeFor[interface {
		office.Intents
		SellTheShop(context.Context) error
	}]()); !slices.Equal(names, []string{"SellTheShop"}) {
		t.Errorf("of a new intent without a rule: %v", names)
	}
}

// A PIN of a refund that is not asked for is wiped all the same.
func TestBarredRefundWipesThePIN(t *testing.T) {
	pin := []byte("274913")
	b := backoffice{&terminal{desk: deskOf(t, staff.Installer)}}
	if _, err := b.GiveBack(t.Context(), office.Refund{Manager: "manager", PIN: pin}); !errors.Is(err, staff.ErrNotAllowed) {
		t.Error(err)
	}
	if !slices.Equal(pin, make([]byte, len(pin))) {
		t.Error("the PIN is still there")
	}
}
