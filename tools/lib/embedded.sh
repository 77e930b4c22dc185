# Sourced: builds the firmware library and the C example for one architecture, without SwiftPM.

# build_embedded ARCH FOLDER [COMPILER]: FOLDER/libswiftlet.a and FOLDER/run, for x86_64 or aarch64. Compiles only what changed since the last
# time. COMPILER clang: the kernels by the Swift toolchain's clang, as SwiftPM compiles them, where the default for aarch64 is gcc.
build_embedded() {
  local arch=$1 folder=$2 compiler=${3:-} triple cc ar source object objects=() kernel_cc
  case "$arch" in
    # The toolchain has no Embedded standard library for aarch64 Linux; bare-metal objects link into Linux programs as PIE.
    aarch64) triple=aarch64-none-none-elf cc=aarch64-linux-gnu-gcc ar=aarch64-linux-gnu-ar ;;
    x86_64) triple=x86_64-unknown-linux-gnu cc=clang ar=ar ;;
    *) echo "build_embedded: unknown architecture $arch" >&2; return 1 ;;
  esac
  kernel_cc=("$cc")
  [ "$arch $compiler" != "aarch64 clang" ] || kernel_cc=(clang --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include)
  mkdir -p "$folder"
  local flags=(-std=c11 -O2 -fPIC -ffunction-sections -fdata-sections -Wall -Wextra -Werror -ICKernels/include -ICKernels)
  while IFS= read -r source; do
    object=$folder/$(echo "${source%.c}" | tr '/' '-').o
    objects+=("$object")
    if [ ! -e "$object" ] || [ -n "$(find CKernels -newer "$object" \( -path "$source" -o -name '*.h' -o -name '*.inc' \) -print -quit)" ]; then
      "${kernel_cc[@]}" "${flags[@]}" -c "$source" -o "$object" || return 1
    fi
  done < <(find CKernels -name '*.c' | sort)
  object=$folder/swift.o
  objects+=("$object")
  if [ ! -e "$object" ] || [ -n "$(find -L Sources/SwiftletEmbedded Sources/CSwiftlet CKernels/include -type f -newer "$object" -print -quit)" ]; then
    # shellcheck disable=SC2046 # no spaces in the names of source files
    swiftc -target "$triple" -enable-experimental-feature Embedded -wmo -parse-as-library -swift-version 6 -Osize \
      -module-name SwiftletEmbedded -package-name swiftlet -strict-memory-safety -Xfrontend -disable-stack-protector \
      -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature InternalImportsByDefault \
      -Xcc -fPIC -Xfrontend -function-sections -I CKernels/include -I Sources/CSwiftlet/include \
      $(find -L Sources/SwiftletEmbedded -name '*.swift' | sort) -c -o "$object" || return 1
  fi
  rm -f "$folder/libswiftlet.a"
  "$ar" rcs "$folder/libswiftlet.a" "${objects[@]}" || return 1
  "$cc" -std=c11 -O2 -Wall -Wextra -Werror -fPIE -pie -Wl,--gc-sections -ISources/CSwiftlet/include Examples/c/run.c \
    "$folder/libswiftlet.a" -lm -o "$folder/run"
}
