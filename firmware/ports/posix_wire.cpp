#include "posix_wire.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

namespace connack {

namespace {

bool wouldWait() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

bool PosixWire::open(const char* host, uint16_t port) {
  close();
  char service[6];
  snprintf(service, sizeof(service), "%u", static_cast<unsigned>(port));
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  error_ = getaddrinfo(host, service, &hints, &addresses_);
  if (error_ != 0) {
    addresses_ = nullptr;
    return false;
  }
  next_ = addresses_;
  return tryNextAddress();
}

bool PosixWire::tryNextAddress() {
  while (next_ != nullptr) {
    const addrinfo& address = *next_;
    next_ = next_->ai_next;
    if (socket_ >= 0) ::close(socket_);
    socket_ = socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0) {
      error_ = errno;
      continue;
    }
    // Small packets that have to leave now.
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    isOpening_ = true;
    if (connect(socket_, address.ai_addr, address.ai_addrlen) == 0 || errno == EINPROGRESS) return true;
    error_ = errno;
  }
  const int32_t error = error_;
  close();
  error_ = error;
  return false;
}

WireState PosixWire::state() {
  if (socket_ < 0) return WireState::closed;
  if (isOpening_) return pollOpening();
  uint8_t byte = 0;
  const ssize_t got = recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got > 0 || (got < 0 && wouldWait())) return WireState::open;
  return WireState::closed;
}

WireState PosixWire::pollOpening() {
  pollfd what = {socket_, POLLOUT, 0};
  if (poll(&what, 1, 0) == 0) return WireState::opening;
  int error = 0;
  socklen_t size = sizeof(error);
  if (getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error == 0) {
    isOpening_ = false;
    return WireState::open;
  }
  error_ = error;
  return tryNextAddress() ? WireState::opening : WireState::closed;
}

int32_t PosixWire::write(const uint8_t* bytes, size_t size) {
  if (socket_ < 0 || isOpening_) return -1;
  const ssize_t sent = send(socket_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) return static_cast<int32_t>(sent);
  if (wouldWait()) return 0;
  error_ = errno;
  return -1;
}

int32_t PosixWire::read(uint8_t* bytes, size_t size) {
  if (socket_ < 0 || isOpening_) return -1;
  const ssize_t got = recv(socket_, bytes, size, MSG_DONTWAIT);
  if (got > 0) return static_cast<int32_t>(got);
  if (got < 0 && wouldWait()) return 0;
  error_ = got < 0 ? errno : 0;
  return -1;
}

void PosixWire::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  isOpening_ = false;
  if (addresses_ != nullptr) freeaddrinfo(addresses_);
  addresses_ = nullptr;
  next_ = nullptr;
}

}  // namespace connack
