#!/bin/sh
# Checks of the firmware's portable part, by name; all of them without one. Each prints one line, and the exit code is 1 when
# any failed. What they need, on Debian:
#   unit    g++ make python3 doctest-dev libmbedtls-dev     unit32  and gcc-multilib g++-multilib
#   fuzz    clang libclang-rt-14-dev                         tidy    clang-tidy cppcheck
#   cross   gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc gcc-xtensa-lx106 picolibc-xtensa-lx106-elf
# FUZZ_SECONDS (60) is for the readers of packets and of JSON together; BUILD (build) is the folder for what is made.
set -u
cd "$(dirname "$0")/.."
export BUILD="${BUILD:-build}"
log="$BUILD/log"
mkdir -p "$log"

# $1 name, then the command; its output is shown only where it fails.
quietly() {
  name=$1
  shift
  "$@" >"$log/$name" 2>&1 && return 0
  tail -n 60 "$log/$name"
  echo "$name: FAILED, all of it is in firmware/$log/$name"
  return 1
}

# The last words of doctest: test cases and assertions.
counts() {
  sed -n 's/\x1b\[[0-9;]*m//g; s/^\[doctest\] test cases: *\([0-9]*\).*/\1 tests/p; s/^\[doctest\] assertions: *\([0-9]*\).*/\1 assertions/p' "$@" |
    paste -s -d ' '
}

unit() {
  quietly unit make -j2 unit &&
    quietly unit-tests "$BUILD/unit/tests" &&
    quietly unit-psa "$BUILD/unit/crypto-psa" &&
    quietly unit-legacy "$BUILD/unit/crypto-legacy" &&
    echo "unit: $(counts "$log/unit-tests"), mbedTLS by PSA and by the old functions $(counts "$log/unit-psa"); with ASan and UBSan"
}

unit32() {
  quietly unit32 make -j2 unit32 &&
    quietly unit32-tests "$BUILD/unit32/tests" &&
    echo "unit32: $(counts "$log/unit32-tests"); 32 bits, with ASan and UBSan"
}

fuzz() {
  quietly fuzz make -j2 fuzz || return 1
  python3 test/fuzz/write_seeds.py "$BUILD/fuzz/seeds"
  said=""
  # Packets alone and in a client, JSON, HTTP: a quarter, a quarter, a half, and a sixth more.
  for share in packet_reader:4 broker_bytes:4 json_object:2 http_answer:6; do
    target=${share%:*}
    quietly "fuzz-$target" "$BUILD/fuzz/$target" -max_total_time=$((${FUZZ_SECONDS:-60} / ${share#*:})) -max_len=4096 -print_final_stats=1 \
      -artifact_prefix="$log/fuzz-$target-" "$BUILD/fuzz/seeds/$target" || return 1
    said="$said $target $(sed -n 's/^stat::number_of_executed_units: *//p' "$log/fuzz-$target") inputs,"
  done
  echo "fuzz:${said%,}; no fault"
}

cross() {
  if quietly cross check/cross.sh; then tail -n 1 "$log/cross"; else return 1; fi
}

tidy() {
  sources="core/src/*.cpp ports/mbedtls_*.cpp"
  # shellcheck disable=SC2086
  quietly tidy-clang sh -c "printf '%s\n' $sources | xargs -P 2 -n 7 sh -c '
      clang-tidy --quiet \"\$@\" -- -std=c++17 -fno-exceptions -fno-rtti -Icore/include -Icore/src -Iports' sh" &&
    quietly tidy-cppcheck sh -c "cppcheck --std=c++17 --enable=warning,performance,portability,style --inline-suppr \
      --platform=unix32 --error-exitcode=1 -q --suppress=useStlAlgorithm --suppress=noExplicitConstructor \
      --suppress=shadowFunction -Icore/include -Icore/src -Iports $sources" &&
    echo "tidy: clang-tidy and cppcheck find nothing in $(echo $sources | wc -w) files"
}

status=0
for part in ${*:-unit unit32 fuzz cross tidy}; do
  case $part in
  unit | unit32 | fuzz | cross | tidy) $part || status=1 ;;
  *)
    echo "run-checks.sh: no part $part; there are unit, unit32, fuzz, cross and tidy" >&2
    status=2
    ;;
  esac
done
exit $status
