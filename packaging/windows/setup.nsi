; Setup of the terminal for Windows. packaging/windows/build.sh runs it with
;   -DTREE=folder  what is installed, and its lists install.nsh and uninstall.nsh beside it
;   -DSIGN=program that signs a file  -DOUT=file -DVERSION=text -DNUMBERS=a.b.c.d -DKILOBYTES=n
;
;   setup.exe [/S] [/ACCOUNT=name] [/AUTHORITY=url] [/CODEFILE=file | /CODE=text]
;             [/CONFIG=file] [/AUTOSTART=no] [/D=folder]
; ends with 0, with 2 when nothing was installed, with 3 when the terminal is installed and
; was not enrolled. What it does beyond laying files out is countersign-kiosk.exe's work.
Target amd64-unicode
Unicode true
SetCompressor /SOLID lzma
RequestExecutionLevel admin
ManifestDPIAware true
ManifestSupportedOS Win10
XPStyle on

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include WinVer.nsh
!include x64.nsh
!include nsDialogs.nsh

Name "Countersign"
OutFile "${OUT}"
!uninstfinalize '"${SIGN}" "%1"' = 0
InstallDir "$PROGRAMFILES64\Countersign"
BrandingText "Countersign ${VERSION}"
!define MUI_ICON "${TREE}/countersign.ico"
!define MUI_UNICON "${TREE}/countersign.ico"
!define MUI_ABORTWARNING
!define OURS "Software\Countersign"
!define LISTED "Software\Microsoft\Windows\CurrentVersion\Uninstall\Countersign"

Var Account
Var Authority
Var CodeFile
Var Code
Var Configuration
Var Autostart
Var Fresh
Var Field1
Var Field2
Var Field3
Var Field4

!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${TREE}/LICENSE.txt"
Page custom ask asked
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"
!insertmacro MUI_LANGUAGE "SimpChinese"
!include words.nsh

VIProductVersion "${NUMBERS}"
VIAddVersionKey /LANG=${LANG_ENGLISH} ProductName "Countersign"
VIAddVersionKey /LANG=${LANG_ENGLISH} ProductVersion "${VERSION}"
VIAddVersionKey /LANG=${LANG_ENGLISH} FileVersion "${NUMBERS}"
VIAddVersionKey /LANG=${LANG_ENGLISH} FileDescription "Setup of the Countersign terminal"
VIAddVersionKey /LANG=${LANG_ENGLISH} CompanyName "Countersign maintainers"
VIAddVersionKey /LANG=${LANG_ENGLISH} LegalCopyright "Apache License 2.0"

!macro STOP WHERE
  ${If} ${FileExists} "${WHERE}\countersign-kiosk.exe"
    nsExec::ExecToLog '"${WHERE}\countersign-kiosk.exe" stop'
    Pop $0
    ${If} $0 != 0
      MessageBox MB_OK|MB_ICONSTOP "$(NotStopped)" /SD IDOK
      SetErrorLevel 2
      Quit
    ${EndIf}
  ${EndIf}
!macroend

; given takes an option's value from the command line in $9: /NAME=value, /NAME="a value" or
; "/NAME=a value". NSIS's own GetOptions ends a value at each slash, and so every URL.
!macro GIVEN NAME INTO
  Push "${NAME}"
  Call given
  Pop ${INTO}
!macroend

Function given
  Exch $R0 ; /NAME=
  StrLen $R1 $R0
  StrCpy $R2 -1 ; where in the command line
  StrCpy $R5 ""
  ${Do}
    IntOp $R2 $R2 + 1
    StrCpy $R3 $9 $R1 $R2
    ${If} $R3 == ""
      ${ExitDo}
    ${EndIf}
    StrCpy $R6 " " ; what stands before it
    ${If} $R2 > 0
      IntOp $R4 $R2 - 1
      StrCpy $R6 $9 1 $R4
    ${EndIf}
    ${If} $R3 == $R0
      ${If} $R6 == " "
      ${OrIf} $R6 == '"'
        IntOp $R2 $R2 + $R1
        StrCpy $R4 $9 1 $R2
        ${If} $R4 == '"'
          StrCpy $R6 '"'
          IntOp $R2 $R2 + 1
        ${EndIf}
        ${Do} ; to what ends it
          StrCpy $R4 $9 1 $R2
          ${If} $R4 == ""
          ${OrIf} $R4 == $R6
            ${ExitDo}
          ${EndIf}
          StrCpy $R5 "$R5$R4"
          IntOp $R2 $R2 + 1
        ${Loop}
        ${ExitDo}
      ${EndIf}
    ${EndIf}
  ${Loop}
  StrCpy $R0 $R5
  Exch $R0
FunctionEnd

Function .onInit
  ${IfNot} ${AtLeastWin10}
  ${OrIfNot} ${RunningX64}
    MessageBox MB_OK|MB_ICONSTOP "$(Old)" /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
  SetRegView 64
  SetShellVarContext all
  ReadRegStr $0 HKLM "${OURS}" "InstalledBy"
  ${If} $0 == "msi"
    MessageBox MB_OK|MB_ICONSTOP "$(OtherSetup)" /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
  ${GetParameters} $9
  !insertmacro GIVEN "/ACCOUNT=" $Account
  !insertmacro GIVEN "/AUTHORITY=" $Authority
  !insertmacro GIVEN "/CODEFILE=" $CodeFile
  !insertmacro GIVEN "/CODE=" $Code
  !insertmacro GIVEN "/CONFIG=" $Configuration
  !insertmacro GIVEN "/AUTOSTART=" $Autostart
  ${If} $Account == ""
  ${AndIfNot} ${Silent}
    ReadEnvStr $Account USERNAME
  ${EndIf}
  ClearErrors
FunctionEnd

Function ask
  !insertmacro MUI_HEADER_TEXT "$(PageTitle)" "$(PageText)"
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateLabel} 0 0 100% 10u "$(AskAccount)"
  Pop $0
  ${NSD_CreateText} 0 11u 60% 12u "$Account"
  Pop $Field1
  ${NSD_CreateLabel} 0 31u 100% 10u "$(AskAuthority)"
  Pop $0
  ${NSD_CreateText} 0 42u 100% 12u "$Authority"
  Pop $Field2
  ${NSD_CreateLabel} 0 62u 100% 10u "$(AskCode)"
  Pop $0
  ${NSD_CreateText} 0 73u 80% 12u "$CodeFile"
  Pop $Field3
  ${NSD_CreateBrowseButton} 82% 73u 18% 12u "…"
  Pop $0
  ${NSD_OnClick} $0 browseCode
  ${NSD_CreateLabel} 0 93u 100% 10u "$(AskConfiguration)"
  Pop $0
  ${NSD_CreateText} 0 104u 80% 12u "$Configuration"
  Pop $Field4
  ${NSD_CreateBrowseButton} 82% 104u 18% 12u "…"
  Pop $0
  ${NSD_OnClick} $0 browseConfiguration
  nsDialogs::Show
FunctionEnd

!macro BROWSE FIELD
  Pop $0
  nsDialogs::SelectFileDialog open "" ""
  Pop $0
  ${If} $0 != ""
    ${NSD_SetText} ${FIELD} "$0"
  ${EndIf}
!macroend

Function browseCode
  !insertmacro BROWSE $Field3
FunctionEnd

Function browseConfiguration
  !insertmacro BROWSE $Field4
FunctionEnd

Function asked
  ${NSD_GetText} $Field1 $Account
  ${NSD_GetText} $Field2 $Authority
  ${NSD_GetText} $Field3 $CodeFile
  ${NSD_GetText} $Field4 $Configuration
FunctionEnd

; OPTION adds a flag to the command line in $1, if it has a value.
!macro OPTION FLAG VALUE
  ${If} "${VALUE}" != ""
    StrCpy $1 '$1 ${FLAG} "${VALUE}"'
  ${EndIf}
!macroend

Section
  StrCpy $Fresh 1
  ${If} ${FileExists} "$INSTDIR\uninstall.exe"
    StrCpy $Fresh 0
  ${EndIf}
  !insertmacro STOP "$INSTDIR"
  !include "${TREE}/../install.nsh"
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKLM "${OURS}" "InstalledBy" "setup"
  WriteRegStr HKLM "${OURS}" "Folder" "$INSTDIR"
  WriteRegStr HKLM "${OURS}" "Version" "${VERSION}"
  WriteRegStr HKLM "${LISTED}" "DisplayName" "Countersign terminal"
  WriteRegStr HKLM "${LISTED}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${LISTED}" "DisplayIcon" "$INSTDIR\countersign.ico"
  WriteRegStr HKLM "${LISTED}" "Publisher" "Countersign maintainers"
  WriteRegStr HKLM "${LISTED}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${LISTED}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${LISTED}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${LISTED}" "EstimatedSize" ${KILOBYTES}
  WriteRegDWORD HKLM "${LISTED}" "NoModify" 1
  WriteRegDWORD HKLM "${LISTED}" "NoRepair" 1
  CreateDirectory "$SMPROGRAMS\Countersign"
  CreateShortcut "$SMPROGRAMS\Countersign\Countersign.lnk" "$INSTDIR\countersign-kiosk.exe" "keep" "$INSTDIR\countersign.ico"
  CreateShortcut "$SMPROGRAMS\Countersign\$(Examine).lnk" "$SYSDIR\cmd.exe" '/k ""$INSTDIR\terminal.exe" doctor"' "$INSTDIR\countersign.ico"

  StrCpy $1 '"$INSTDIR\countersign-kiosk.exe" prepare'
  !insertmacro OPTION "--account" $Account
  !insertmacro OPTION "--authority" $Authority
  GetFullPathName $2 "$CodeFile" ; nothing where there is no such file
  ${If} $2 != ""
    StrCpy $CodeFile $2
  ${EndIf}
  !insertmacro OPTION "--code-file" $CodeFile
  GetFullPathName $2 "$Configuration" ; nothing where there is no such file
  ${If} $2 != ""
    StrCpy $Configuration $2
  ${EndIf}
  !insertmacro OPTION "--config" $Configuration
  !insertmacro OPTION "--autostart" $Autostart
  ; By the environment: no second command line shows the code.
  System::Call 'kernel32::SetEnvironmentVariable(t "COUNTERSIGN_ENROLMENT_CODE", t "$Code")'
  nsExec::ExecToLog $1
  Pop $0
  ${If} $0 == 3
    MessageBox MB_OK|MB_ICONEXCLAMATION "$(NotEnrolled)" /SD IDOK
    SetErrorLevel 3
  ${ElseIf} $0 != 0
    DetailPrint "$(NotPrepared)"
    MessageBox MB_OK|MB_ICONSTOP "$(NotPrepared)" /SD IDOK
    ${If} $Fresh == 1 ; one that sold before goes on as it is
      SetOutPath "$TEMP"
      nsExec::ExecToLog '"$INSTDIR\uninstall.exe" /S _?=$INSTDIR'
      Pop $0
      Delete "$INSTDIR\uninstall.exe"
      RMDir "$INSTDIR"
    ${EndIf}
    SetErrorLevel 2
    Abort
  ${EndIf}
SectionEnd

Function un.onInit
  SetRegView 64
  SetShellVarContext all
FunctionEnd

Section Uninstall
  !insertmacro STOP "$INSTDIR"
  StrCpy $1 '"$INSTDIR\countersign-kiosk.exe" remove'
  MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "$(AskData)" /SD IDNO IDNO keep
  StrCpy $1 "$1 --everything"
keep:
  nsExec::ExecToLog $1
  Pop $0
  !include "${TREE}/../uninstall.nsh"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  ; In whichever language it was installed.
  Delete "$SMPROGRAMS\Countersign\*.lnk"
  RMDir "$SMPROGRAMS\Countersign"
  DeleteRegKey HKLM "${LISTED}"
  DeleteRegKey HKLM "${OURS}"
SectionEnd
