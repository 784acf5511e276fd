package fakeslack

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// socket is the server's end of a WebSocket, as much of RFC 6455 as Socket
// Mode needs.
type socket struct {
	conn net.Conn
	r    *bufio.Reader

	mu sync.Mutex // of writing
}

// The opcodes.
const (
	frameMore  = 0x0
	frameText  = 0x1
	frameClose = 0x8
	framePing  = 0x9
	framePong  = 0xa
)

// upgrade answers the handshake.
func upgrade(w http.ResponseWriter, r *http.Request) (*socket, error) {
	key := r.Header.Get("Sec-WebSocket-Key")
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || key == "" {
		return nil, errors.New("no WebSocket handshake")
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, err
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	_, err = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &socket{conn: conn, r: rw.Reader}, nil
}

func (s *socket) write(op byte, payload []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	frame := []byte{0x80 | op}
	switch n := len(payload); {
	case n < 126:
		frame = append(frame, byte(n))
	case n < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 127), uint64(n))
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	_, err := s.conn.Write(append(frame, payload...))
	return err
}

// read returns the next frame. Slack does not put messages together that come
// in parts, and neither does this.
func (s *socket) read() (op byte, whole bool, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(s.r, head[:]); err != nil {
		return 0, false, nil, err
	}
	if head[1]&0x80 == 0 {
		return 0, false, nil, errors.New("a client's frame without mask")
	}
	size := uint64(head[1] & 0x7f)
	var more [8]byte
	switch size {
	case 126:
		if _, err := io.ReadFull(s.r, more[:2]); err != nil {
			return 0, false, nil, err
		}
		size = uint64(binary.BigEndian.Uint16(more[:2]))
	case 127:
		if _, err := io.ReadFull(s.r, more[:]); err != nil {
			return 0, false, nil, err
		}
		size = binary.BigEndian.Uint64(more[:])
	}
	if size > 1<<20 {
		return 0, false, nil, errors.New("a frame over 1 MB")
	}
	var mask [4]byte
	if _, err := io.ReadFull(s.r, mask[:]); err != nil {
		return 0, false, nil, err
	}
	payload = make([]byte, size)
	if _, err := io.ReadFull(s.r, payload); err != nil {
		return 0, false, nil, err
	}
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return head[0] & 0x0f, head[0]&0x80 != 0, payload, nil
}
