#!/usr/bin/env sh
# The laws over all families on what acts like another processor, or with other luck: `laws.sh BIN [SETTING]`. Without a
# setting the commit chooses one, so that all have their turn.
set -eu
bin=$1
setting=${2:-}
if [ -z "$setting" ]; then
    turn=$(git rev-parse HEAD 2>/dev/null | cut -c1-6 || echo 0)
    set -- default avx2 threads shift1 shift2 shift3
    shift $((0x${turn:-0} % 6))
    setting=$1
fi
shift=0
case $setting in
    default | avx2) ATEN_CPU_CAPABILITY=$setting; export ATEN_CPU_CAPABILITY ;;
    threads) OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive; export OMP_NUM_THREADS OMP_WAIT_POLICY ;; # cores are shared
    shift*) shift=${setting#shift} ;;
    *) echo "laws.sh: there is no setting $setting; there is default, avx2, threads, shift1, shift2, ..." >&2; exit 2 ;;
esac
echo "The laws with the setting $setting:"
QT_QPA_PLATFORM=offscreen "$bin/python" -m pytest -n "${JOBS:-auto}" --dist worksteal -q tests/conformance --seed-shift "$shift"
