#include "connack/mqtt_client.h"

#include "mqtt_packet.h"

namespace connack {

MqttClient::MqttClient(Wire& wire, TelemetryQueue& queue, MqttListener& listener, const MqttOptions& options)
    : wire_(wire), queue_(queue), listener_(listener), options_(options) {}

void MqttClient::connect(const char* host, uint16_t port, const Credentials& credentials, uint32_t nowMs) {
  abort();
  reader_.reset();
  credentials_ = &credentials;
  end_ = MqttEnd::none;
  connackCode_ = 0;
  isSessionPresent_ = false;
  isHolding_ = false;
  isPingWanted_ = false;
  isAwaitingPong_ = false;
  isAwaitingSuback_ = false;
  isGoodbyeSent_ = false;
  sending_ = Sending::nothing;
  sentBytes_ = 0;
  ackCount_ = 0;
  connects_++;
  timeout_ = Deadline::in(nowMs, options_.timeoutMs);
  state_ = MqttState::opening;
  if (!wire_.open(host, port)) finish(MqttEnd::unreachable);
}

void MqttClient::abort() {
  if (state_ != MqttState::idle && state_ != MqttState::ended) finish(MqttEnd::goodbye);
}

void MqttClient::disconnect(uint32_t nowMs, uint32_t patienceMs) {
  if (state_ != MqttState::connected) return abort();
  state_ = MqttState::leaving;
  timeout_ = Deadline::in(nowMs, patienceMs);
}

bool MqttClient::isSettled() const {
  return queue_.inFlight() == 0 && sending_ == Sending::nothing && ackCount_ == 0;
}

void MqttClient::finish(MqttEnd end) {
  wire_.close();
  state_ = MqttState::ended;
  end_ = end;
  sending_ = Sending::nothing;
  queue_.connectionEnded();
}

MqttEnd MqttClient::endOfWire() const {
  if (state_ == MqttState::greeting) return MqttEnd::closedEarly;
  return state_ == MqttState::leaving ? MqttEnd::goodbye : MqttEnd::lost;
}

void MqttClient::poll(uint32_t nowMs) {
  if (state_ == MqttState::opening) pollOpening(nowMs);
  if (state_ == MqttState::idle || state_ == MqttState::opening || state_ == MqttState::ended) return;
  pollRead(nowMs);
  if (state_ == MqttState::ended) return;
  pollWrite(nowMs);
  if (state_ == MqttState::ended) return;
  pollTimers(nowMs);
}

void MqttClient::pollOpening(uint32_t nowMs) {
  const WireState wire = wire_.state();
  if (wire == WireState::closed) return finish(MqttEnd::unreachable);
  if (wire == WireState::opening) {
    if (timeout_.isOver(nowMs)) finish(MqttEnd::unreachable);
    return;
  }
  state_ = MqttState::greeting;
  // One time for CONNECT and the whole CONNACK: a byte now and then does not make it longer.
  timeout_ = Deadline::in(nowMs, options_.timeoutMs);
  sending_ = Sending::connect;
  sentBytes_ = 0;
  stallBy_ = timeout_;
}

void MqttClient::pollTimers(uint32_t nowMs) {
  if (state_ == MqttState::greeting && timeout_.isOver(nowMs)) return finish(MqttEnd::noConnack);
  if (state_ == MqttState::leaving && timeout_.isOver(nowMs)) return finish(MqttEnd::goodbye);
  if (state_ != MqttState::connected) return;
  const bool isStalled = sending_ != Sending::nothing && stallBy_.isOver(nowMs);
  const bool isUnanswered = (isAwaitingPong_ && pongBy_.isOver(nowMs)) || (queue_.inFlight() > 0 && ackBy_.isOver(nowMs)) ||
                            (isAwaitingSuback_ && subackBy_.isOver(nowMs));
  if (isStalled || isUnanswered) return finish(MqttEnd::silent);
  // Half the time that was promised: a packet that is late still comes in time.
  if (options_.keepAliveSeconds > 0 && pingAt_.isOver(nowMs) && !isAwaitingPong_) isPingWanted_ = true;
}

void MqttClient::pollRead(uint32_t nowMs) {
  // A message of QoS 1 has 7 bytes at least: so many bytes hold no more of them than there is room for acknowledgements.
  uint8_t chunk[(maxAcks - 1) * 7];
  // Not for ever: others want to work, too.
  for (int turn = 0; turn < 16; turn++) {
    const size_t room = (maxAcks - ackCount_) * 7;
    if (room <= 7) return;
    const int32_t got = wire_.read(chunk, room - 7);
    if (got == 0) return;
    if (got < 0) return finish(endOfWire());
    isAwaitingPong_ = false;
    const size_t size = static_cast<size_t>(got);
    for (size_t at = 0; at < size;) {
      size_t used = 0;
      Packet packet = {};
      const ReadResult result = reader_.read(chunk + at, size - at, used, packet);
      at += used;
      if (result == ReadResult::needMore) break;
      if (result == ReadResult::malformed || !handle(packet, nowMs)) return finish(MqttEnd::protocol);
      if (state_ == MqttState::ended) return;
    }
  }
}

void MqttClient::pollWrite(uint32_t nowMs) {
  for (int turn = 0; turn < 16; turn++) {
    if (sending_ == Sending::nothing && !chooseNext(nowMs)) return;
    Piece list[maxPieces];
    uint8_t scratch[packetScratch];
    const size_t count = pieces(list, scratch);
    uint8_t chunk[CONNACK_WRITE_BYTES];
    size_t filled = 0;
    size_t skipped = 0;
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
      const Piece& piece = list[i];
      total += piece.size;
      if (skipped + piece.size <= sentBytes_) {
        skipped += piece.size;
        continue;
      }
      const size_t from = sentBytes_ > skipped ? sentBytes_ - skipped : 0;
      skipped += from;
      const size_t left = piece.size - from;
      const size_t space = sizeof(chunk) - filled;
      const size_t taken = left < space ? left : space;
      if (taken > 0) memcpy(chunk + filled, static_cast<const uint8_t*>(piece.bytes) + from, taken);
      filled += taken;
    }
    const int32_t wrote = wire_.write(chunk, filled);
    // The token was in it.
    if (sending_ == Sending::connect) memset(chunk, 0, sizeof(chunk));
    if (wrote < 0) {
      // What the broker said before it closed is still to be read, such as why it refused.
      if (wire_.state() != WireState::closed) return;
      return finish(endOfWire());
    }
    if (wrote == 0) return;
    sentBytes_ += static_cast<size_t>(wrote);
    stallBy_ = Deadline::in(nowMs, options_.timeoutMs);
    if (sentBytes_ < total) continue;
    sendingDone(nowMs);
  }
}

}  // namespace connack
