; What setup says, in the languages of the terminal. The file is UTF-8.
!macro SAY NAME ENGLISH GERMAN CHINESE
  LangString ${NAME} ${LANG_ENGLISH} "${ENGLISH}"
  LangString ${NAME} ${LANG_GERMAN} "${GERMAN}"
  LangString ${NAME} ${LANG_SIMPCHINESE} "${CHINESE}"
!macroend
!define SAY "!insertmacro SAY"

${SAY} PageTitle "This terminal" "Dieses Terminal" "本终端"
${SAY} PageText "Who runs it, and who certifies it. All of this can be done later, on the terminal's own screen." "Wer es betreibt und wer es bescheinigt. All das geht auch später, am Bildschirm des Terminals." "由谁运行、由谁认证。这些都可以稍后在终端屏幕上完成。"
${SAY} AskAccount "Windows account that the terminal runs as. It must be there, and be no administrator's." "Windows-Konto, unter dem das Terminal läuft. Es muss vorhanden sein und darf keinem Administrator gehören." "运行终端的 Windows 账户。该账户须已存在，且不应是管理员账户。"
${SAY} AskAuthority "Address of the authority (may stay empty)" "Adresse der Ausgabestelle (darf leer bleiben)" "认证机构的地址（可留空）"
${SAY} AskCode "File with the enrolment code (may stay empty)" "Datei mit dem Registrierungscode (darf leer bleiben)" "含注册码的文件（可留空）"
${SAY} AskConfiguration "Configuration file to begin with (may stay empty)" "Konfigurationsdatei für den Anfang (darf leer bleiben)" "初始配置文件（可留空）"
${SAY} Old "This needs 64-bit Windows 10 or later." "Dafür ist Windows 10 mit 64 Bit oder neuer nötig." "需要 64 位的 Windows 10 或更高版本。"
${SAY} OtherSetup "The terminal was installed by the .msi. Remove that first; what was sold and the keys stay." "Das Terminal wurde mit der .msi installiert. Entfernen Sie diese zuerst; Verkäufe und Schlüssel bleiben." "终端是用 .msi 安装的。请先卸载它；销售记录和密钥会保留。"
${SAY} NotStopped "The terminal runs and did not end. Log its account off, then try again." "Das Terminal läuft und hat sich nicht beendet. Melden Sie sein Konto ab und versuchen Sie es noch einmal." "终端正在运行且未能结束。请注销其账户后再试。"
${SAY} NotPrepared "This machine could not be made ready. What was wrong is above and in the folder of logs." "Dieser Rechner konnte nicht eingerichtet werden. Was falsch war, steht oben und im Ordner der Protokolle." "无法准备好本机。原因见上文及日志文件夹。"
${SAY} NotEnrolled "The terminal is installed, but it was not enrolled. What was wrong is above and in the folder of logs. It can be enrolled on its own screen." "Das Terminal ist installiert, wurde aber nicht registriert. Was falsch war, steht oben und im Ordner der Protokolle. Es kann an seinem Bildschirm registriert werden." "终端已安装，但尚未注册。原因见上文及日志文件夹。可以在终端屏幕上注册。"
${SAY} AskData "Remove the journal of this terminal's sales, its keys and its settings as well?$\r$\n$\r$\nBooks have to be kept for years in most countries, and sales that settlement has not answered are in the journal alone. If you refuse, they stay in ProgramData\Countersign, for administrators alone." "Auch das Journal der Verkäufe dieses Terminals, seine Schlüssel und Einstellungen entfernen?$\r$\n$\r$\nBücher müssen fast überall jahrelang aufbewahrt werden, und Verkäufe, auf die noch keine Antwort kam, stehen nur im Journal. Wenn Sie ablehnen, bleiben sie in ProgramData\Countersign, nur für Administratoren." "是否同时删除本终端的销售日志、密钥和设置？$\r$\n$\r$\n多数国家要求账簿保存多年，尚未得到清算答复的交易也只在该日志中。如果拒绝，它们将保留在 ProgramData\Countersign 中，仅管理员可访问。"
${SAY} Examine "Examine the terminal" "Terminal untersuchen" "检查终端"
