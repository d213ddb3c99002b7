package wire

import "fmt"

// Instruction is the first byte of a command's payload.
type Instruction byte

// The instructions that are used here.
const (
	GetImage       Instruction = 0x01 // look for a finger, take its picture
	UpImage        Instruction = 0x0A // send the picture
	SetSysPara     Instruction = 0x0E // set one parameter
	ReadSysPara    Instruction = 0x0F // tell the parameters
	SetPassword    Instruction = 0x12 // give the sensor another password
	VerifyPassword Instruction = 0x13 // the handshake
	ReadProdInfo   Instruction = 0x3C // tell model, serial number, picture size (R503)
	Handshake      Instruction = 0x40 // answered with OK (R503)
	Echo           Instruction = 0x53 // answered with Present (ZFM-70)
)

// Parameter is what SetSysPara sets.
type Parameter byte

// The parameters.
const (
	ParameterBaud       Parameter = 4 // N of 9600·N baud, 1 to 12
	ParameterSecurity   Parameter = 5
	ParameterPacketSize Parameter = 6 // see PacketSizes
)

// PacketSizes are the payloads of data packets by parameter value, in bytes.
var PacketSizes = [...]int{32, 64, 128, 256}

// BaudUnit times N is the speed of the line.
const BaudUnit = 9600

// Confirmation is the first byte of an acknowledgement's payload.
type Confirmation byte

// The confirmations of the family's manuals: ZFM-20, ZFM-70 and R30x have those up to
// 0x21 in part, AS608 those up to 0x1F and from 0xF0 to 0xF6, R503 the others.
const (
	OK                 Confirmation = 0x00
	ReceiveError       Confirmation = 0x01 // packet arrived damaged
	NoFinger           Confirmation = 0x02
	CaptureFailed      Confirmation = 0x03
	TooDry             Confirmation = 0x04 // picture too dry or light
	TooWet             Confirmation = 0x05 // picture too wet or dark
	TooMessy           Confirmation = 0x06
	TooFewFeatures     Confirmation = 0x07
	NoMatch            Confirmation = 0x08
	NotFound           Confirmation = 0x09
	CannotCombine      Confirmation = 0x0A
	BadLocation        Confirmation = 0x0B
	LoadFailed         Confirmation = 0x0C
	UploadFailed       Confirmation = 0x0D // template
	NoMorePackets      Confirmation = 0x0E
	ImageUploadFailed  Confirmation = 0x0F
	DeleteFailed       Confirmation = 0x10
	ClearFailed        Confirmation = 0x11
	CannotSleep        Confirmation = 0x12
	WrongPassword      Confirmation = 0x13
	ResetFailed        Confirmation = 0x14
	NoImage            Confirmation = 0x15 // nothing captured to work on
	OnlineFailed       Confirmation = 0x16
	NotLifted          Confirmation = 0x17 // residual print, or the finger did not move
	FlashError         Confirmation = 0x18
	Undefined          Confirmation = 0x19
	BadRegister        Confirmation = 0x1A
	BadRegisterValue   Confirmation = 0x1B
	BadNotepadPage     Confirmation = 0x1C
	PortFailed         Confirmation = 0x1D
	EnrolFailed        Confirmation = 0x1E
	LibraryFull        Confirmation = 0x1F
	BadAddress         Confirmation = 0x20
	PasswordNeeded     Confirmation = 0x21
	TemplateEmpty      Confirmation = 0x22
	LibraryEmpty       Confirmation = 0x24
	TimedOut           Confirmation = 0x26
	AlreadyThere       Confirmation = 0x27
	SensorFailed       Confirmation = 0x29
	Present            Confirmation = 0x55 // in answer to Echo; the byte alone is sent when power comes on
	MorePackets        Confirmation = 0xF0 // data packets may follow
	MoreCommands       Confirmation = 0xF1 // command packets may follow
	FirmwareSum        Confirmation = 0xF2 // firmware with a wrong checksum
	FirmwareKind       Confirmation = 0xF3 // firmware in a packet of a wrong kind
	FirmwareLength     Confirmation = 0xF4 // firmware in a packet of a wrong length
	FirmwareSize       Confirmation = 0xF5 // firmware too long
	FirmwareFlash      Confirmation = 0xF6 // firmware could not be written
	UnknownInstruction Confirmation = 0xFC
	HardwareFailed     Confirmation = 0xFD
	ExecutionFailed    Confirmation = 0xFE
)

func (c Confirmation) String() string { return fmt.Sprintf("confirmation %02x", byte(c)) }
