/** What a C++ library would have; none is linked. */
extern "C" void __cxa_pure_virtual() {
  for (;;) {
  }
}
