#!/usr/bin/env bash
# Installs the system libraries that Qt needs on Debian and Ubuntu, if any is missing and it may; else says what to
# install. Called by the Makefile; "--tests" adds the virtual display that one of the tests starts in.
set -u
[ "$(uname)" = Linux ] || exit 0

# library = package
needs="
libEGL.so.1=libegl1
libGL.so.1=libgl1
libxkbcommon-x11.so.0=libxkbcommon-x11-0
libxcb-cursor.so.0=libxcb-cursor0
libxcb-icccm.so.4=libxcb-icccm4
libxcb-image.so.0=libxcb-image0
libxcb-keysyms.so.1=libxcb-keysyms1
libxcb-render-util.so.0=libxcb-render-util0
libxcb-shape.so.0=libxcb-shape0
libxcb-xinerama.so.0=libxcb-xinerama0
libdbus-1.so.3=libdbus-1-3
libfontconfig.so.1=libfontconfig1
libglib-2.0.so.0=libglib2.0-0
"
known=$(/sbin/ldconfig -p 2>/dev/null || ldconfig -p)
missing=""
for entry in $needs; do
    case "$known" in
        *"${entry%%=*}"*) ;;
        *) missing="$missing ${entry##*=}" ;;
    esac
done
# Without any font Qt draws boxes.
[ -n "$(find /usr/share/fonts /usr/local/share/fonts ~/.fonts ~/.local/share/fonts \
    \( -name '*.ttf' -o -name '*.otf' -o -name '*.ttc' \) -print -quit 2>/dev/null)" ] ||
    missing="$missing fonts-dejavu-core"
if [ "${1:-}" = --tests ] && ! command -v Xvfb >/dev/null; then
    missing="$missing xvfb"
fi
[ -n "$missing" ] || exit 0

say="Please install these system packages, then run this again:$missing"
command -v apt-get >/dev/null || { echo "$say"; exit 0; }
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "Please run: sudo apt-get install$missing"
    exit 0
fi
echo "Installing system libraries:$missing"
# shellcheck disable=SC2086 # lists of words
$as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $missing >/dev/null || echo "$say"
