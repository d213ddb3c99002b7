package widgets

import "fyne.io/fyne/v2"

// SetAppearance changes how all windows of the program look. It belongs to Fyne's
// goroutine; screens whose layout depends on the size of type build themselves anew
// afterwards.
func SetAppearance(a Appearance) { fyne.CurrentApp().Settings().SetTheme(NewTheme(a)) }

// App is the program's, once [Run] has made it.
func App() fyne.App { return fyne.CurrentApp() }
