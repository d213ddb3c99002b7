// Package sale takes one payment at a time, from the keyed amount to the
// outcome, as CN103985036A describes it: the terminal's steps 2, 3, 8 to 13 and
// 15. scan.go reads as those steps, in order.
//
// It knows no screen, no driver and no network library: it declares the few
// small interfaces it needs (ports.go), publishes what there is to show as a
// View, and takes the cashier's intents Begin, Cancel and Dismiss at the Till.
//
// # Guarantees
//
//  1. Every transition is in the journal before its side effect: the request
//     before it is shown, the payment before its code is spent, the submission
//     before it is sent, the outcome before it is shown.
//
//  2. Nothing is charged twice: a scramble code is spent once, in the token, and
//     a sale whose submission may have reached settlement without a verified
//     answer is unknown, never refused. It is asked about, then reversed, until
//     settlement has answered, across restarts; meanwhile the till goes on
//     selling.
//
//  3. What a bystander holds to the camera cannot end a sale or spend its code:
//     only what a genuine wallet signed for this request can.
//
//  4. Live templates are wiped as soon as they are sealed. No template, key or
//     account number reaches a View, the journal or a log.
//
//  5. A refund has a key that is drawn once and in the journal before the first
//     byte is sent, and one signed message. If its outcome is unknown, those very
//     bytes are sent again until settlement has answered, across restarts. It is
//     shown as made when settlement's signed answer is in the journal, and never
//     before. One refund of a sale at a time; no more than is left.
//
//  6. Scan and tap are offered side by side, for one request and one scramble code;
//     one of them claims it, the other is closed. tap.go reads as S2 to S9 of
//     CN103942678A. What a phone is asked to pay is in the journal before it is asked;
//     from then on only its card's signed word ends the tap: paid, or never. Until
//     then it is torn, over restarts, and the cashier can give it up: nothing is sold
//     then, settlement is told, and the phone is asked when it comes again.
//
//  7. A tap that is paid is sealed to settlement and in the journal before it is shown,
//     and handed in until settlement's signed answer is there. A phone that is left lying
//     pays once. No card number reaches the journal, a View or a log.
//
//  8. A sale for cash, a cash refund, cash moved without a sale, and a drawer opened without one
//     are in the journal before the intent returns: there is an entry before the drawer opens.
//     No more is given back in cash than was paid in cash for that sale, and only with a
//     manager's approval. Given is the amount and the change, to the last unit.
//
//  9. What a bill is made of is checked before anything begins: its items and its tip are its
//     amount. It is in every entry of its sale, so that a receipt can be printed after any
//     restart. Tax is divided off in whole minor units (Bill.Tax), and with net it is the price.
//
// # Numbers
//
// Sales and refunds share one series of numbers, however they are paid. An entry that belongs
// to none of them, such as an alert, a change of staff or a receipt printed, has number 0.
package sale
