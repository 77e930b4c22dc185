# Sourced: a root folder of another Debian suite or architecture, for cross compilers and emulators.

# debian_root FOLDER ARCHITECTURE SUITE PACKAGE...: downloads the packages and all that they depend on and unpacks them into FOLDER. Installs
# nothing and runs no package's script; apt's own lists and settings stay as they are. FOLDER/packages names what was unpacked, and is written
# last: a folder without it is made again. The mirror is DEBIAN_MIRROR, or the one that this machine's apt uses. Not 0 where there is none, or it
# does not answer or lacks a package; the reason is then in FOLDER.log.
debian_root() {
  local root=$1 architecture=$2 suite=$3 mirror apt directory package
  shift 3
  [ ! -e "$root/packages" ] || return 0
  mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m 1 '/debian/\?$')} || {
    echo "apt on this machine uses no Debian mirror; name one: DEBIAN_MIRROR=URL" >"$root.log"
    return 1
  }
  rm -rf "$root"
  mkdir -p "$root/apt/lists/partial" "$root/apt/archives/partial"
  apt=$(realpath "$root")/apt
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
  : >"$apt/status"
  cat >"$apt/apt.conf" <<END
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
Dir::Cache "$apt";
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "-";
Dir::State "$apt";
Dir::State::Lists "$apt/lists";
Dir::State::status "$apt/status";
END
  {
    APT_CONFIG=$apt/apt.conf apt-get --quiet --error-on=any update && APT_CONFIG=$apt/apt.conf apt-get --quiet --yes --download-only install "$@"
  } >"$root.log" 2>&1 || return 1
  # Debian's root has these as links, which the archives alone do not make.
  for directory in bin sbin lib lib64; do
    mkdir -p "$root/usr/$directory"
    ln -sfn "usr/$directory" "$root/$directory"
  done
  for package in "$apt/archives"/*.deb; do dpkg-deb --extract "$package" "$root"; done
  [ -e "$root/usr/bin/sh" ] || ln -s bash "$root/usr/bin/sh"
  (cd "$apt/archives" && ls ./*.deb) >"$apt/packages"
  mv "$apt/packages" "$root/packages"
  rm -rf "$apt"
}
