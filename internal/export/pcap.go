package export

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/fixarchive/fixarchive"
)

// The packets of a capture are made up around the messages, so that Wireshark and its like take them apart: nobody saw
// them. A session is one TCP connection, opened by a handshake at the time of its first message, and so it goes on through
// its epochs:
//
//	archived side 10.0.0.n:49200  ──SYN──►  10.128.0.n:9898 the other side        n: the session, in the order of their first message
//	                              ◄──SYN ACK──
//	                              ──ACK──►
//	                              ──PSH ACK, at most 1460 bytes of a message──►   or ◄──
//
// Segments of one message share its time. Windows are so large that nothing need be acknowledged by itself.
const (
	segmentBytesMax = 1460
	ownPort         = 49200
	otherPort       = 9898
	windowScale     = 14

	linkEthernet = 1
	snapLength   = 256 << 10
)

const (
	flagSYN = 0x02
	flagPSH = 0x08
	flagACK = 0x10
)

// packetFile is a file of packets.
type packetFile interface {
	begin(about string) error
	// packet adds one. out says which way it goes, and comment what is to be known of it, if anything.
	packet(at time.Time, out bool, comment string, data []byte) error
}

// pcapWriter writes messages as the packets of TCP connections.
type pcapWriter struct {
	file  packetFile
	conns map[string]*connection
	buf   []byte
}

func newPcapWriter(file packetFile, o Options) (*pcapWriter, error) {
	about := "made by " + o.Software + " of archived FIX messages: addresses, ports, TCP and the times of segments are made up"
	return &pcapWriter{file: file, conns: map[string]*connection{}}, file.begin(about)
}

func (w *pcapWriter) Write(r *Record) error {
	c := w.conns[r.Session]
	if c == nil {
		c = &connection{number: uint32(len(w.conns) + 1)}
		w.conns[r.Session] = c
		if err := w.handshake(c, r); err != nil {
			return err
		}
	}
	out := r.Direction == fixarchive.Out
	for raw := r.Raw; len(raw) > 0; {
		n := min(len(raw), segmentBytesMax)
		flags := byte(flagACK)
		if n == len(raw) {
			flags |= flagPSH
		}
		if err := w.send(c, r.Time, out, flags, "", raw[:n]); err != nil {
			return err
		}
		raw = raw[n:]
	}
	return nil
}

func (w *pcapWriter) Close() error { return nil }

func (w *pcapWriter) handshake(c *connection, r *Record) error {
	for _, step := range []struct {
		out     bool
		flags   byte
		comment string
	}{{true, flagSYN, "session " + string(safeName(r.Session))}, {false, flagSYN | flagACK, ""}, {true, flagACK, ""}} {
		if err := w.send(c, r.Time, step.out, step.flags, step.comment, nil); err != nil {
			return err
		}
	}
	return nil
}

func (w *pcapWriter) send(c *connection, at time.Time, out bool, flags byte, comment string, payload []byte) error {
	w.buf = c.appendPacket(w.buf[:0], out, flags, payload)
	return w.file.packet(at, out, comment, w.buf)
}

// connection is one TCP connection, with the archived side and the other.
type connection struct {
	number    uint32
	own, peer end
}

// end is how far one side has come.
type end struct {
	sequence uint32 // next to send, modulo 2³²
	packets  uint16
}

// appendPacket adds an Ethernet frame.
func (c *connection) appendPacket(dst []byte, out bool, flags byte, payload []byte) []byte {
	from, to := &c.peer, &c.own
	fromAddr, toAddr := c.address(false), c.address(true)
	fromPort, toPort := uint16(otherPort), uint16(ownPort)
	if out {
		from, to = to, from
		fromAddr, toAddr = toAddr, fromAddr
		fromPort, toPort = toPort, fromPort
	}
	dst = appendEthernet(dst, fromAddr, toAddr)
	options := tcpOptions(flags)
	ip := len(dst)
	dst = appendIP(dst, fromAddr, toAddr, from.packets, 20+len(options)+len(payload))
	tcp := len(dst)
	dst = binary.BigEndian.AppendUint16(dst, fromPort)
	dst = binary.BigEndian.AppendUint16(dst, toPort)
	dst = binary.BigEndian.AppendUint32(dst, from.sequence)
	acknowledged := to.sequence
	if flags&flagACK == 0 {
		acknowledged = 0
	}
	dst = binary.BigEndian.AppendUint32(dst, acknowledged)
	dst = append(dst, byte(20+len(options))/4<<4, flags, 0xff, 0xff, 0, 0, 0, 0)
	dst = append(append(dst, options...), payload...)
	binary.BigEndian.PutUint16(dst[tcp+16:], checksum(pseudoSum(dst[ip:tcp], len(dst)-tcp), dst[tcp:]))
	from.packets++
	from.sequence += uint32(len(payload))
	if flags&flagSYN != 0 {
		from.sequence++
	}
	return dst
}

// address is 10.0.0.0 for the archived side, 10.128.0.0 for the other, plus the number.
func (c *connection) address(own bool) uint32 {
	base := uint32(10 << 24)
	if !own {
		base |= 128 << 16
	}
	return base + c.number&0x7fffff
}

// appendEthernet uses addresses that are locally administered: 02 and the IP address.
func appendEthernet(dst []byte, from, to uint32) []byte {
	for _, addr := range []uint32{to, from} {
		dst = append(dst, 2, 0)
		dst = binary.BigEndian.AppendUint32(dst, addr)
	}
	return append(dst, 8, 0)
}

func appendIP(dst []byte, from, to uint32, id uint16, length int) []byte {
	at := len(dst)
	dst = append(dst, 0x45, 0)
	dst = binary.BigEndian.AppendUint16(dst, uint16(20+length))
	dst = binary.BigEndian.AppendUint16(dst, id)
	dst = append(dst, 0x40, 0, 64, 6, 0, 0) // do not fragment, TTL, TCP
	dst = binary.BigEndian.AppendUint32(dst, from)
	dst = binary.BigEndian.AppendUint32(dst, to)
	binary.BigEndian.PutUint16(dst[at+10:], checksum(0, dst[at:]))
	return dst
}

// tcpOptions are the largest segment and the scale of the window, which only a SYN has.
func tcpOptions(flags byte) []byte {
	if flags&flagSYN == 0 {
		return nil
	}
	return []byte{2, 4, segmentBytesMax >> 8, segmentBytesMax & 0xff, 1, 3, 3, windowScale}
}

// pseudoSum is what the TCP checksum covers besides TCP.
func pseudoSum(ip []byte, length int) uint32 {
	sum := uint32(6) + uint32(length)
	for i := 12; i < 20; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(ip[i:]))
	}
	return sum
}

// checksum is that of the Internet: the complement of the sum of 16-bit words.
func checksum(sum uint32, b []byte) uint16 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// pcapFile is the older form, with nanoseconds. It has no place for comments.
type pcapFile struct {
	w   io.Writer
	buf []byte
}

func (f *pcapFile) begin(string) error {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b23c4d)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, snapLength)
	b = binary.LittleEndian.AppendUint32(b, linkEthernet)
	_, err := f.w.Write(b)
	return err
}

func (f *pcapFile) packet(at time.Time, _ bool, _ string, data []byte) error {
	if s := at.Unix(); s < 0 || s > 1<<32-1 {
		return fmt.Errorf("%s is no time that a pcap can hold: pcapng can", at.Format(TimeForm))
	}
	b := binary.LittleEndian.AppendUint32(f.buf[:0], uint32(at.Unix()))
	b = binary.LittleEndian.AppendUint32(b, uint32(at.Nanosecond()))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	f.buf = append(b, data...)
	_, err := f.w.Write(f.buf)
	return err
}
