#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "connack/packet_reader.h"

using namespace connack;

namespace {

using Bytes = std::vector<uint8_t>;

Bytes packet(uint8_t first, const Bytes& body) {
  Bytes all = {first};
  size_t size = body.size();
  do {
    all.push_back(static_cast<uint8_t>((size & 127) | (size > 127 ? 128 : 0)));
    size >>= 7;
  } while (size > 0);
  all.insert(all.end(), body.begin(), body.end());
  return all;
}

Bytes publish(const std::string& topic, uint16_t id, size_t payload) {
  Bytes body = {static_cast<uint8_t>(topic.size() >> 8), static_cast<uint8_t>(topic.size())};
  body.insert(body.end(), topic.begin(), topic.end());
  if (id != 0) body.insert(body.end(), {static_cast<uint8_t>(id >> 8), static_cast<uint8_t>(id)});
  body.insert(body.end(), payload, 'p');
  return packet(id != 0 ? 0x32 : 0x30, body);
}

/** What comes out when the bytes come in these pieces. */
std::string read(const Bytes& bytes, const std::vector<size_t>& cuts) {
  PacketReader reader;
  std::string seen;
  size_t from = 0;
  std::vector<size_t> ends = cuts;
  ends.push_back(bytes.size());
  for (const size_t end : ends) {
    const Bytes piece(bytes.begin() + static_cast<long>(from), bytes.begin() + static_cast<long>(end));
    from = end;
    for (size_t at = 0; at < piece.size();) {
      size_t used = 0;
      Packet p = {};
      const ReadResult result = reader.read(piece.data() + at, piece.size() - at, used, p);
      at += used;
      if (result == ReadResult::malformed) return seen + "malformed";
      if (result == ReadResult::needMore) break;
      seen += std::to_string(p.type) + "/" + std::to_string(p.flags) + "/" + std::to_string(p.size);
      if (p.body == nullptr) seen += "/skipped " + std::to_string(p.skippedPacketId);
      else for (uint32_t i = 0; i < p.size && i < 3; i++) seen += "/" + std::to_string(p.body[i]);
      seen += "; ";
    }
  }
  return seen + (reader.isInside() ? "inside" : "between");
}

}  // namespace

TEST_CASE("packets are the same in whatever pieces they come: every one and every two cuts") {
  Bytes stream = {0x20, 2, 1, 0};
  for (const Bytes& next : {publish("a/b", 0, 200), Bytes{0xd0, 0}, publish("t", 258, 1), Bytes{0x40, 2, 0, 9}}) {
    stream.insert(stream.end(), next.begin(), next.end());
  }
  const std::string whole = read(stream, {});
  CHECK(whole == "2/0/2/1/0; 3/0/205/0/3/97; 13/0/0; 3/2/6/0/1/116; 4/0/2/0/9; between");
  for (size_t i = 0; i <= stream.size(); i++) {
    REQUIRE(read(stream, {i}) == whole);
    for (size_t j = i; j <= stream.size(); j++) REQUIRE(read(stream, {i, j}) == whole);
  }
  std::vector<size_t> each;
  for (size_t i = 1; i < stream.size(); i++) each.push_back(i);
  CHECK(read(stream, each) == whole);
}

TEST_CASE("what is larger than the buffer is skipped, with its packet id, wherever that is") {
  const std::string shortTopic = "t";
  const std::string longTopic(CONNACK_MAX_INBOUND + 50, 't');
  const std::string edgeTopic(CONNACK_MAX_INBOUND - 3, 't');
  for (const std::string& topic : {shortTopic, longTopic, edgeTopic}) {
    Bytes stream = publish(topic, 0xabcd, 3000);
    const size_t size = 2 + topic.size() + 2 + 3000;
    stream.insert(stream.end(), {0xd0, 0});
    const std::string expected = "3/2/" + std::to_string(size) + "/skipped 43981; 13/0/0; between";
    CHECK(read(stream, {}) == expected);
    for (size_t i = 1; i < stream.size(); i += 7) REQUIRE(read(stream, {i}) == expected);
  }
  CHECK(read(publish("t", 0, CONNACK_MAX_INBOUND - 3), {}) == "3/0/" + std::to_string(CONNACK_MAX_INBOUND) + "/0/1/116; between");
  CHECK(read(publish("t", 0, CONNACK_MAX_INBOUND - 2), {}) == "3/0/" + std::to_string(CONNACK_MAX_INBOUND + 1) + "/skipped 0; between");
}

TEST_CASE("what is no packet stops the reader for good") {
  CHECK(read({0x30, 0x80, 0x80, 0x80, 0x80, 1}, {}) == "malformed");
  CHECK(read({0x00, 0}, {}) == "malformed");
  CHECK(read({0xf0, 0}, {}) == "malformed");
  CHECK(read({0xf0, 1, 5}, {}) == "malformed");
  CHECK(read({'H', 'T', 'T', 'P'}, {}) == "inside");
  CHECK(read({0x30, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3}, {}) == "inside");
  PacketReader reader;
  const uint8_t wrong[] = {0x00, 0};
  const uint8_t right[] = {0xd0, 0};
  size_t used = 0;
  Packet p = {};
  CHECK(reader.read(wrong, 2, used, p) == ReadResult::malformed);
  CHECK(reader.read(right, 2, used, p) == ReadResult::malformed);
  reader.reset();
  CHECK(reader.read(right, 2, used, p) == ReadResult::packet);
}

TEST_CASE("half a packet of an old connection is forgotten") {
  PacketReader reader;
  const uint8_t half[] = {0x30, 10, 0, 1, 't'};
  const uint8_t next[] = {0x20, 2, 0, 0};
  size_t used = 0;
  Packet p = {};
  CHECK(reader.read(half, sizeof(half), used, p) == ReadResult::needMore);
  reader.reset();
  CHECK(reader.read(next, sizeof(next), used, p) == ReadResult::packet);
  CHECK(p.type == 2);
}
