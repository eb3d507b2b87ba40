#include "WiFiClient.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "WiFiClientSecure.h"
#include "trial.h"

/** As the core does it, over the sockets of this machine: connect and write wait, available and read do not. */

namespace {

int openSocket(const addrinfo& address, int32_t timeoutMs) {
  const int made = socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) return -1;
  pollfd what = {made, POLLOUT, 0};
  int error = 0;
  socklen_t size = sizeof(error);
  const bool isUnderWay = connect(made, address.ai_addr, address.ai_addrlen) == 0 || errno == EINPROGRESS;
  const bool isOpen = isUnderWay && poll(&what, 1, timeoutMs) > 0 &&
                      getsockopt(made, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
  if (isOpen) return made;
  close(made);
  return -1;
}

}  // namespace

WiFiClient::~WiFiClient() { WiFiClient::stop(); }

int WiFiClient::connect(const char* host, uint16_t port) { return connect(host, port, 3000); }

int WiFiClient::connect(const char* host, uint16_t port, int32_t timeout_ms) {
  stop();
  if (isRadioOff()) return 0;
  char service[6];
  snprintf(service, sizeof(service), "%u", static_cast<unsigned>(port));
  addrinfo hints = {};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* addresses = nullptr;
  if (getaddrinfo(host, service, &hints, &addresses) != 0) return 0;
  socket_ = openSocket(*addresses, timeout_ms);
  freeaddrinfo(addresses);
  networkEpoch_ = networkEpoch();
  return socket_ >= 0 && greet(host, timeout_ms) ? 1 : 0;
}

/** After a drop the socket is dead for this side; the other one is not told, as nothing reaches it. */
bool WiFiClient::isThere() {
  if (socket_ < 0) return false;
  if (!isRadioOff() && networkEpoch_ == networkEpoch()) return true;
  static int lost = -1;
  if (lost >= 0) close(lost);
  lost = socket_;
  socket_ = -1;
  heldSize_ = 0;
  return false;
}

size_t WiFiClient::write(const uint8_t* buf, size_t size) {
  if (!isThere()) return 0;
  size_t sent = 0;
  for (int retry = 0; retry < 10 && sent < size; retry++) {
    pollfd what = {socket_, POLLOUT, 0};
    if (poll(&what, 1, 1000) <= 0) continue;
    const ssize_t took = send(socket_, buf + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (took > 0) {
      sent += static_cast<size_t>(took);
      retry = -1;
    } else if (took < 0 && errno != EAGAIN) {
      stop();
      break;
    }
  }
  return sent;
}

int WiFiClient::available() {
  if (!isThere()) return 0;
  int waiting = 0;
  if (ioctl(socket_, FIONREAD, &waiting) != 0) waiting = 0;
  return static_cast<int>(heldSize_ - heldAt_) + waiting;
}

int WiFiClient::read(uint8_t* buf, size_t size) {
  if (!isThere()) return -1;
  if (heldAt_ == heldSize_) {
    const ssize_t got = recv(socket_, held_, sizeof(held_), MSG_DONTWAIT);
    heldAt_ = 0;
    heldSize_ = got > 0 ? static_cast<size_t>(got) : 0;
    if (got < 0 && errno != EAGAIN) {
      stop();
      return -1;
    }
  }
  const size_t there = heldSize_ - heldAt_;
  const size_t taken = there < size ? there : size;
  memcpy(buf, held_ + heldAt_, taken);
  heldAt_ += taken;
  return static_cast<int>(taken);
}

void WiFiClient::stop() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
  heldAt_ = 0;
  heldSize_ = 0;
}

uint8_t WiFiClient::connected() {
  if (!isThere()) return 0;
  uint8_t byte = 0;
  const ssize_t got = recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got > 0 || (got < 0 && errno == EAGAIN) ? 1 : 0;
}

void WiFiClientSecure::setCACert(const char*) {}
void WiFiClientSecure::setCertificate(const char*) {}
void WiFiClientSecure::setPrivateKey(const char*) {}
void WiFiClientSecure::setHandshakeTimeout(unsigned long) {}
int WiFiClientSecure::lastError(char* buf, const size_t size) {
  snprintf(buf, size, "no TLS in the shim");
  return -1;
}
int WiFiClientSecure::connect(const char*, uint16_t, int32_t) { return 0; }
