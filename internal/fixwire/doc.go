// Package fixwire finds FIX messages in bytes and reads the few fields that the archive itself needs.
//
//	noise │ 8=FIX.4.4| 9=55| 35=0|34=2|…56=VENUE| 10=058| │ 8=FIX.4.4|9=abc|…10=243| │ 8=FIX.4.4|9=12
//	      │          BodyLength │◄─── 55 bytes ─►│         │                          │
//	Noise │ Complete                                      │ Garbled                  │ Pending
//
// Frame says what the front of a buffer is; Split cuts a whole input so that the pieces, put together
// again, are the input. Nothing is dropped and nothing repaired: bytes that are no message come out as
// Noise, a message whose framing does not hold as Garbled. A message is framed by its BodyLength, so
// that a SOH, a "10=" or a whole message inside a data field divides nothing; a wrong CheckSum leaves a
// message framed, and Parse flags it.
//
// Parse, Cursor, Fields and Mask take one message (or any bytes: bad input is normal input). They know no
// dictionary, only the standard header and the table of data fields. Slices they return point into
// their argument. Nothing here allocates, except ParseSecrets, and Mask when dst is too short; everything may
// be called concurrently.
//
// fixwire does not know log formats (times before a message, pipes for SOH), sessions or versions.
package fixwire

// SOH ends every field.
const SOH = 0x01
