#!/bin/sh
# The core for the processors of the ESP32 family, as far as their compilers are in Debian: RISC-V (ESP32-C3, C6), linked and
# run under QEMU, and Xtensa (LX106 of the ESP8266, the nearest to the LX7 of the ESP32-S3) as objects. Sizes are asserted.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}/cross
max_text=${MAX_TEXT:-16384}
max_ram=${MAX_RAM:-6144}
rm -rf "$build"
mkdir -p "$build/rv32" "$build/xtensa" "$build/image"
make -s "${BUILD:-build}/vectors.h"

flags="-x c++ -std=c++17 -Os -Wall -Wextra -Werror -ffunction-sections -fdata-sections -fno-exceptions -fno-rtti
  -fno-threadsafe-statics -Icore/include -Icore/src -Itest -I${BUILD:-build}"
rv32="riscv64-unknown-elf-gcc --specs=picolibc.specs -mabi=ilp32 -msave-restore"
xtensa="xtensa-lx106-elf-gcc -isystem /usr/lib/xtensa-lx106-elf/include"

printf '%s\n' core/src/*.cpp | xargs -P 2 -I{} sh -c "$rv32 -march=rv32imc $(echo $flags) -c {} -o $build/rv32/\$(basename {} .cpp).o"
printf '%s\n' core/src/*.cpp | xargs -P 2 -I{} sh -c "$xtensa $(echo $flags) -c {} -o $build/xtensa/\$(basename {} .cpp).o"

# $1 image, then sources
link() {
  image=$1
  shift
  for source in "$@"; do
    $rv32 -march=rv32imac $flags -c "$source" -o "$build/image/$(basename "$source" .cpp).o"
  done
  objects=$(for source in "$@"; do echo "$build/image/$(basename "$source" .cpp).o"; done)
  $rv32 -march=rv32imac --oslib=semihost --crt0=hosted -Wl,--gc-sections -Wl,-Map="$image.map" \
    -Wl,--defsym=__flash=0x80000000 -Wl,--defsym=__flash_size=0x100000 \
    -Wl,--defsym=__ram=0x80100000 -Wl,--defsym=__ram_size=0x100000 $objects -o "$image"
}
link "$build/vectors.elf" core/src/*.cpp test/check_vectors.cpp test/software_hmac.cpp cross/qemu_main.cpp cross/bare_runtime.cpp
link "$build/sensor.elf" core/src/*.cpp cross/sensor.cpp cross/bare_runtime.cpp

said=$(timeout 60 qemu-system-riscv32 -M virt -cpu rv32 -bios none -kernel "$build/vectors.elf" -nographic \
  -semihosting-config enable=on,target=native </dev/null 2>&1) || { echo "cross: FAILED under QEMU: $said"; exit 1; }

# What of the core is in a sensor, by the linker's map: .text and .rodata, and .bss and .data.
sizes() {
  python3 check/map_sizes.py "$1"
}
sensor=$(sizes "$build/sensor.elf.map")
text=${sensor% *}
ram=$(riscv64-unknown-elf-nm -S -C "$build/sensor.elf" | python3 check/static_ram.py)
all_rv32=$(riscv64-unknown-elf-size -t "$build"/rv32/*.o | awk 'END {print $1}')
all_xtensa=$(xtensa-lx106-elf-size -t "$build"/xtensa/*.o | awk 'END {print $1}')
globals=$(riscv64-unknown-elf-size -t "$build"/rv32/*.o | awk 'END {print $2 + $3}')
echo "cross: rv32 under QEMU: $said; core in a sensor with a device key: $text B text (limit $max_text), $ram B RAM (limit $max_ram);" \
  "whole core: rv32imc $all_rv32 B, xtensa $all_xtensa B, globals $globals B"
test "$text" -le "$max_text" && test "$ram" -le "$max_ram" && test "$globals" -eq 0
