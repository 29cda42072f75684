# A release by hand, as one script on the standard input of `ssh host sh`. Given: path url commit release keep.
set -eu
cd "$path"
git --git-dir=repo fetch --quiet --force --no-tags --depth=1 -- "$url" "$commit"
mkdir "releases/$release"
git --git-dir=repo archive "$commit" | tar -xf - -C "releases/$release"
printf '%s\n' "$commit" >"releases/$release/REVISION"
for each in $linked; do
  [ -e "shared/$each" ] || { echo "missing: shared/$each" >&2; exit 1; }
  mkdir -p "releases/$release/$(dirname "$each")"
  rm -rf "releases/$release/$each"
  ln -s "$path/shared/$each" "releases/$release/$each"
done
ln -s "releases/$release" .current.new
mv -fT .current.new current
ls -1 releases | sort | head -n "-$keep" | while read -r old; do rm -rf "releases/$old"; done
printf '%s %s %s\n' "$(date +%s)" "$release" "$commit" >>releases.log
