#pragma once
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "fake_world.h"

using namespace connack;

/** A world with a device in it. */
struct Trial {
  explicit Trial(DeviceOptions options = FakeWorld::options(), FailureLog* failures = nullptr, uint32_t seed = 1) : world(seed) {
    DevicePorts ports = world.ports();
    ports.failures = failures;
    device.reset(new Device(ports, options));
    world.device = device.get();
  }
  ~Trial() {
    CHECK(world.complaints == std::vector<std::string>());
    CHECK(world.broker.complaints == std::vector<std::string>());
  }
  void run(uint64_t ms, uint32_t stepMs = 50) { world.run(*device, ms, stepMs); }
  bool runUntil(DeviceState state, uint64_t ms, uint32_t stepMs = 50) {
    for (uint64_t end = world.sinceStartMs + ms; world.sinceStartMs < end; world.sinceStartMs += stepMs) {
      device->poll();
      if (device->state() == state) return true;
    }
    return false;
  }
  std::string lastReport() const { return world.reports.empty() ? "" : world.reports.back(); }

  FakeWorld world;
  std::unique_ptr<Device> device;
};

inline bool startsWith(const std::string& text, const std::string& start) { return text.compare(0, start.size(), start) == 0; }

/** From the report: `next_try=7s`. */
inline int nextTry(const std::string& report) {
  const size_t at = report.find("next_try=");
  return at == std::string::npos ? -1 : atoi(report.c_str() + at + 9);
}
