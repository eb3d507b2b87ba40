#include "posix_storage.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "connack/text_writer.h"

namespace connack {

namespace {

using Path = TextBuffer<512>;

bool writePath(Path& path, const char* folder, const char* name, const char* ending) {
  return path.text(folder).character('/').text(name).text(ending).fits();
}

bool writeAll(int file, TextView value) {
  for (size_t done = 0; done < value.size;) {
    const ssize_t wrote = write(file, value.data + done, value.size - done);
    if (wrote <= 0) return false;
    done += static_cast<size_t>(wrote);
  }
  return fsync(file) == 0;
}

}  // namespace

int32_t PosixStorage::load(const char* name, char* value, size_t capacity) {
  Path path;
  if (!writePath(path, folder_, name, "")) return -1;
  const int file = open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  size_t size = 0;
  ssize_t got = 0;
  while (size < capacity && (got = read(file, value + size, capacity - size)) > 0) size += static_cast<size_t>(got);
  char more = 0;
  const bool isWhole = got >= 0 && read(file, &more, 1) == 0;
  close(file);
  return isWhole ? static_cast<int32_t>(size) : -1;
}

bool PosixStorage::save(const char* name, TextView value) {
  Path path;
  Path temporary;
  if (!writePath(path, folder_, name, "") || !writePath(temporary, folder_, name, ".new")) return false;
  unlink(temporary.data());
  const int file = open(temporary.data(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool isWritten = writeAll(file, value);
  close(file);
  if (!isWritten || rename(temporary.data(), path.data()) != 0) return false;
  const int folder = open(folder_, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  const bool isKept = fsync(folder) == 0;
  close(folder);
  return isKept;
}

}  // namespace connack
