#pragma once
#include <stdint.h>

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

/**
 * A strict MQTT 3.1.1 broker for one device, without a network: whatever is not as the specification says is a complaint.
 * Written apart from the core: nothing of its packet code is used here.
 */
class FakeBroker {
 public:
  using Bytes = std::vector<uint8_t>;

  struct Message {
    std::string topic;
    std::string payload;
    int qos;
    bool retain;
    bool dup;
  };

  struct Connect {
    std::string clientId, username, password, willTopic, willPayload;
    int keepAlive = 0;
    bool isClean = false;
    bool hasWill = false;
  };

  /** CONNACK code for a CONNECT; -1: never answers, -2: closes without a word. */
  std::function<int(const Connect&)> decide = [](const Connect&) { return 0; };
  /** Called with each message the broker has got. False: no acknowledgement. */
  std::function<bool(const Message&)> onPublish = [](const Message&) { return true; };
  /** SUBACK code for a filter. */
  std::function<int(const std::string&)> grant = [](const std::string&) { return 1; };
  bool answersPings = true;
  bool keepsSessions = true;

  std::vector<std::string> complaints;
  std::vector<Message> messages;
  std::vector<Connect> connects;
  std::set<std::string> clientIds;
  int wills = 0;
  int goodbyes = 0;
  int pings = 0;
  int subscribes = 0;
  /** Messages for the device that it has acknowledged. */
  int acknowledged = 0;

  bool isOpen() const { return isOpen_; }
  bool isIn() const { return isIn_; }
  bool hasSaidGoodbye() const { return hasSaidGoodbye_; }

  void opened() {
    if (isOpen_) complain("a second connection beside the first");
    isOpen_ = true;
    isIn_ = false;
    hasSaidGoodbye_ = false;
    wantsClose_ = false;
    in_.clear();
    out.clear();
  }

  /** The connection is gone, from whichever side. */
  void closed() {
    if (!isOpen_) return;
    isOpen_ = false;
    if (isIn_ && !hasSaidGoodbye_ && connects.back().hasWill) wills++;
    if (isIn_ && !keepsSessions) subscriptions_.clear();
    isIn_ = false;
    out.clear();
  }

  bool wantsClose() const { return wantsClose_; }

  void receive(const uint8_t* bytes, size_t size) {
    in_.insert(in_.end(), bytes, bytes + size);
    while (isOpen_ && !wantsClose_ && takePacket()) {
    }
  }

  /** To the device, QoS 1; kept until it is acknowledged. */
  void send(const std::string& topic, const std::string& payload, bool retain = false) {
    const uint16_t id = ++lastId_ == 0 ? ++lastId_ : lastId_;
    pending_[id] = Message{topic, payload, 1, retain, false};
    if (isIn_) transmit(id);
  }

  size_t pending() const { return pending_.size(); }
  void close() { wantsClose_ = true; }
  void raw(const Bytes& bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }
  bool isSubscribed(const std::string& filter) const { return subscriptions_.count(filter) > 0; }

  /** Bytes on their way to the device. */
  std::deque<uint8_t> out;

 private:
  void complain(const std::string& what) {
    complaints.push_back(what);
    wantsClose_ = true;
  }

  void packet(uint8_t first, const Bytes& body) {
    out.push_back(first);
    size_t size = body.size();
    do {
      out.push_back(static_cast<uint8_t>((size % 128) | (size >= 128 ? 128 : 0)));
      size /= 128;
    } while (size > 0);
    out.insert(out.end(), body.begin(), body.end());
  }

  void transmit(uint16_t id) {
    Message& message = pending_[id];
    Bytes body = {static_cast<uint8_t>(message.topic.size() >> 8), static_cast<uint8_t>(message.topic.size())};
    body.insert(body.end(), message.topic.begin(), message.topic.end());
    body.push_back(static_cast<uint8_t>(id >> 8));
    body.push_back(static_cast<uint8_t>(id));
    body.insert(body.end(), message.payload.begin(), message.payload.end());
    packet(static_cast<uint8_t>(0x32 | (message.dup ? 8 : 0) | (message.retain ? 1 : 0)), body);
    message.dup = true;
  }

  bool takePacket() {
    size_t at = 1;
    size_t size = 0;
    size_t factor = 1;
    for (;; at++) {
      if (at >= in_.size()) return false;
      size += (in_[at] & 127) * factor;
      factor *= 128;
      if (in_[at] < 128) break;
      if (at == 4) return complain("a length of five bytes"), false;
    }
    at++;
    if (in_.size() < at + size) return false;
    const uint8_t first = in_[0];
    const Bytes body(in_.begin() + static_cast<long>(at), in_.begin() + static_cast<long>(at + size));
    in_.erase(in_.begin(), in_.begin() + static_cast<long>(at + size));
    if (hasSaidGoodbye_) complain("a packet after DISCONNECT");
    else if (!isIn_ && first != 0x10) complain("the first packet is no CONNECT");
    else handle(first, body);
    return true;
  }

  void handle(uint8_t first, const Bytes& body) {
    switch (first) {
      case 0x10:
        return connect(body);
      case 0x40:
        return puback(body);
      case 0x82:
        return subscribe(body);
      case 0xc0:
        if (!body.empty()) complain("PINGREQ with a body");
        pings++;
        if (answersPings) packet(0xd0, {});
        return;
      case 0xe0:
        if (!body.empty()) complain("DISCONNECT with a body");
        hasSaidGoodbye_ = true;
        goodbyes++;
        wantsClose_ = true;
        return;
      default:
        if (first >> 4 == 3) return publish(first, body);
        complain("a packet of type " + std::to_string(first));
    }
  }

  static std::string text(const Bytes& body, size_t& at, bool& isRight) {
    if (at + 2 > body.size()) return isRight = false, "";
    const size_t size = static_cast<size_t>(body[at] << 8 | body[at + 1]);
    at += 2;
    if (at + size > body.size()) return isRight = false, "";
    const std::string all(body.begin() + static_cast<long>(at), body.begin() + static_cast<long>(at + size));
    at += size;
    return all;
  }

  void connect(const Bytes& body) {
    if (isIn_) return complain("a second CONNECT");
    size_t at = 0;
    bool isRight = true;
    Connect c;
    if (text(body, at, isRight) != "MQTT" || body.size() < 10 || body[6] != 4) return complain("no MQTT 3.1.1");
    const int flags = body[7];
    if ((flags & 1) != 0) complain("the reserved flag is set");
    c.keepAlive = body[8] << 8 | body[9];
    at = 10;
    c.isClean = (flags & 2) != 0;
    c.hasWill = (flags & 4) != 0;
    if (!c.hasWill && (flags & 0x38) != 0) complain("flags of a will without one");
    if ((flags & 0x18) == 0x18) complain("a will of QoS 3");
    c.clientId = text(body, at, isRight);
    if (c.hasWill) {
      c.willTopic = text(body, at, isRight);
      c.willPayload = text(body, at, isRight);
    }
    if ((flags & 0xc0) == 0x40) complain("a password without a user name");
    if ((flags & 0x80) != 0) c.username = text(body, at, isRight);
    if ((flags & 0x40) != 0) c.password = text(body, at, isRight);
    if (!isRight || at != body.size()) return complain("CONNECT does not end where it should");
    connects.push_back(c);
    clientIds.insert(c.clientId);
    const int code = decide(c);
    if (code == -1) return;
    if (code < 0) return close();
    const bool isPresent = code == 0 && !c.isClean && hasSession_;
    packet(0x20, {static_cast<uint8_t>(isPresent ? 1 : 0), static_cast<uint8_t>(code)});
    if (code != 0) return close();
    isIn_ = true;
    if (!isPresent) subscriptions_.clear();
    hasSession_ = keepsSessions && !c.isClean;
    for (auto& entry : pending_) transmit(entry.first);
  }

  void publish(uint8_t first, const Bytes& body) {
    const int qos = first >> 1 & 3;
    if (qos > 1) return complain("QoS 2");
    size_t at = 0;
    bool isRight = true;
    Message message;
    message.topic = text(body, at, isRight);
    message.qos = qos;
    message.retain = (first & 1) != 0;
    message.dup = (first & 8) != 0;
    uint16_t id = 0;
    if (qos == 1) {
      if (at + 2 > body.size()) return complain("no packet id");
      id = static_cast<uint16_t>(body[at] << 8 | body[at + 1]);
      at += 2;
      if (id == 0) complain("packet id 0");
    }
    if (qos == 0 && message.dup) complain("DUP with QoS 0");
    if (qos == 1) {
      const std::string text(body.begin(), body.begin() + static_cast<long>(2 + message.topic.size()));
      const std::string all = text + std::string(body.begin() + static_cast<long>(at), body.end());
      const auto before = unacknowledged_.find(id);
      if (before != unacknowledged_.end() && before->second != all) return complain("a packet id that is in use");
      for (const auto& other : unacknowledged_) {
        if (message.dup && other.first != id && other.second == all) return complain("the same message under another id");
      }
      unacknowledged_[id] = all;
    }
    if (!isRight || message.topic.empty() || message.topic.find_first_of("+#") != std::string::npos) return complain("a wrong topic");
    message.payload.assign(body.begin() + static_cast<long>(at), body.end());
    messages.push_back(message);
    if (!onPublish(message) || qos == 0) return;
    unacknowledged_.erase(id);
    packet(0x40, {static_cast<uint8_t>(id >> 8), static_cast<uint8_t>(id)});
  }

  void puback(const Bytes& body) {
    if (body.size() != 2) return complain("a PUBACK of the wrong size");
    if (pending_.erase(static_cast<uint16_t>(body[0] << 8 | body[1])) > 0) acknowledged++;
    else complain("a PUBACK for nothing");
  }

  void subscribe(const Bytes& body) {
    size_t at = 2;
    bool isRight = true;
    const std::string filter = body.size() > 2 ? text(body, at, isRight) : "";
    if (!isRight || filter.empty() || at + 1 != body.size() || body[at] > 2) return complain("a wrong SUBSCRIBE");
    subscribes++;
    const int code = grant(filter);
    if (code < 128) subscriptions_.insert(filter);
    packet(0x90, {body[0], body[1], static_cast<uint8_t>(code)});
  }

  Bytes in_;
  bool isOpen_ = false;
  bool isIn_ = false;
  bool hasSaidGoodbye_ = false;
  bool wantsClose_ = false;
  bool hasSession_ = false;
  uint16_t lastId_ = 0;
  std::map<uint16_t, Message> pending_;
  /** From the device, with topic and payload, also those of earlier connections. */
  std::map<uint16_t, std::string> unacknowledged_;
  std::set<std::string> subscriptions_;
};
