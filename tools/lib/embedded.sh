# Sourced: builds the firmware library for one architecture, without SwiftPM, and programs that link it.

# firmware_target ARCH: sets target_triple (of Embedded Swift), target_cc, target_tools (prefix of the binary utilities), target_run (what
# runs its programs here), target_swift and target_clang (options of the two compilers) for x86_64, aarch64 or armv7.
firmware_target() {
  target_run=() target_swift=() target_clang=()
  case "$1" in
    # The toolchain has no Embedded standard library for aarch64 Linux, nor for 32-bit ARM Linux; bare-metal objects link into Linux programs,
    # those of aarch64 as PIE.
    aarch64)
      target_triple=aarch64-none-none-elf target_tools=aarch64-linux-gnu- target_cc=aarch64-linux-gnu-gcc
      target_run=(qemu-aarch64 -L /usr/aarch64-linux-gnu)
      target_clang=(--target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include)
      ;;
    # Hard-float ABI and VFPv3 with 16 registers: what every ARMv7 Linux with hard floats has. Its NEON would flush denormals to zero.
    armv7)
      target_triple=armv7-none-none-eabi target_tools=arm-linux-gnueabihf- target_cc=arm-linux-gnueabihf-gcc
      target_run=(qemu-arm -L /usr/arm-linux-gnueabihf)
      target_swift=(-Xcc -mfloat-abi=hard -Xcc -mfpu=vfpv3-d16)
      target_clang=(--target=arm-linux-gnueabihf -march=armv7-a -mfpu=vfpv3-d16 -isystem /usr/arm-linux-gnueabihf/include)
      ;;
    x86_64) target_triple=x86_64-unknown-linux-gnu target_tools='' target_cc=clang ;;
    *) echo "unknown architecture $1: x86_64, aarch64 or armv7" >&2; return 1 ;;
  esac
}

# firmware_packages ARCH...: the Debian packages that building and running for these takes.
firmware_packages() {
  local arch
  for arch in "$@"; do
    case "$arch" in
      aarch64) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user ;;
      armv7) echo gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user ;;
    esac
  done
}

# build_archive ARCH FOLDER [COMPILER [FLAG...]]: FOLDER/libswiftlet.a. Compiles only what changed since the last time. COMPILER: gcc (of the
# architecture), clang (the Swift toolchain's, as SwiftPM compiles the kernels), or the name of another one; empty is clang for x86_64, else
# gcc. FLAGs are given to it after the usual ones; -Oz is for the kernels alone, since all else is compiled for size anyway. Kernel files
# that match $firmware_without are left out.
build_archive() {
  local arch=$1 folder=$2 compiler=${3:-} source object stale=false objects=() cc defines=() flag
  shift $(($# < 3 ? $# : 3))
  firmware_target "$arch" || return 1
  case "${compiler:-default}" in
    default) cc=("$target_cc") ;;
    gcc) cc=("${target_tools}gcc") ;;
    clang) cc=(clang "${target_clang[@]}") ;;
    *) cc=("$compiler") ;;
  esac
  command -v "${cc[0]}" >/dev/null || { echo "${cc[0]}: not found" >&2; return 1; }
  mkdir -p "$folder"
  # A section per function and none for unwinding: nothing here throws, and firmware links what it uses.
  local flags=(-std=c11 -fPIC -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-math-errno
    -Wall -Wextra -Werror -ICKernels/include -ICKernels)
  for flag in "$@"; do
    [[ $flag != -D* ]] || defines+=(-Xcc "$flag")
  done
  local command="${cc[*]} ${flags[*]} $*"
  if [ "$(cat "$folder/command" 2>/dev/null)" != "$command" ]; then
    rm -f "$folder"/*.o
    echo "$command" >"$folder/command"
  fi
  [ -z "$(find CKernels -newer "$folder/headers" \( -name '*.h' -o -name '*.inc' \) -print -quit 2>&1)" ] || stale=true
  while IFS= read -r source; do
    object=$folder/$(tr '/' '-' <<<"${source%.c}").o
    objects+=("$object")
    ! $stale && [ "$object" -nt "$source" ] || echo "$(firmware_optimization "$arch" "$source") $* -c $source -o $object"
  done < <(find CKernels -name '*.c' ! -name "${firmware_without:-none}" | sort) >"$folder/todo"
  if $stale; then rm -f "$folder"/CKernels-*.o; fi
  xargs -r -L 1 -P "$(nproc)" "${cc[@]}" "${flags[@]}" <"$folder/todo" || return 1
  touch "$folder/headers"
  object=$folder/swift.o
  objects+=("$object")
  if [ ! -e "$object" ] || [ -n "$(find -L Sources/SwiftletEmbedded Sources/CSwiftlet CKernels/include -type f -newer "$object" -print -quit)" ]; then
    # shellcheck disable=SC2046 # no spaces in the names of source files
    swiftc -target "$target_triple" -enable-experimental-feature Embedded -wmo -parse-as-library -swift-version 6 -Osize \
      -module-name SwiftletEmbedded -package-name swiftlet -strict-memory-safety -Xfrontend -disable-stack-protector \
      -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature InternalImportsByDefault \
      "${target_swift[@]}" "${defines[@]}" -Xcc -fPIC -Xfrontend -function-sections -I CKernels/include -I Sources/CSwiftlet/include \
      $(find -L Sources/SwiftletEmbedded -name '*.swift' | sort) -c -o "$object" || return 1
  fi
  rm -f "$folder/libswiftlet.a"
  "${target_tools}ar" rcs "$folder/libswiftlet.a" "${objects[@]}"
}

# firmware_optimization ARCH SOURCE: kernels for speed, what runs once or seldom (checks, binding, tables of operators) for size. Where there are
# vectors, scalar int8 kernels are seldom run.
firmware_optimization() {
  case "$1 $2" in
    *_f32__scalar.c | "armv7 "*__scalar.c) echo -O2 ;;
    *__scalar.c) echo -Os ;;
    *__*.c | *_by_*.c | */ck_math.c | */codec.c) echo -O2 ;;
    # One plain kernel beside its checks.
    */gather/* | */copy/* | */integer/* | */order/* | */detection/* | */select/* | */lrn/* | */float/ck_*.c) echo -O2 ;;
    *) echo -Os ;;
  esac
}

# link_firmware ARCH FOLDER PROGRAM SOURCE... [OPTION...]: compiles C sources against FOLDER/libswiftlet.a into PROGRAM.
link_firmware() {
  local arch=$1 folder=$2 program=$3
  shift 3
  firmware_target "$arch" || return 1
  "$target_cc" -std=gnu11 -O2 -Wall -Wextra -Werror -fPIE -pie -ffunction-sections -Wl,--gc-sections -ISources/CSwiftlet/include "$@" \
    "$folder/libswiftlet.a" -o "$program"
}

# build_embedded ARCH FOLDER [COMPILER]: FOLDER/libswiftlet.a and the C example as FOLDER/run.
build_embedded() {
  build_archive "$@" && link_firmware "$1" "$2" "$2/run" Examples/c/run.c
}
