#include "connack/device.h"

namespace connack {

const char* deviceStateName(DeviceState state) {
  switch (state) {
    case DeviceState::waitingForNetwork:
      return "waiting for the network";
    case DeviceState::waitingForClock:
      return "waiting for the clock";
    case DeviceState::gettingCredentials:
      return "getting credentials";
    case DeviceState::connecting:
      return "connecting";
    case DeviceState::connected:
      return "connected";
    case DeviceState::refreshing:
      return "refreshing";
    case DeviceState::waitingToTryAgain:
      return "waiting to try again";
    case DeviceState::stopped:
      return "stopped";
  }
  return "";
}

}  // namespace connack
