/** Allowed commands with what they may not do: one a line, its arguments parted by spaces. */
export const optionAbuses = (secret: string, url: string, port: number): string[][] =>
  `
  find . -exec cat ${secret} ;
  find . -execdir cat ${secret} ;
  find . -ok cat ${secret} ;
  find . -okdir sh ;
  find . -delete
  find . -name x -o -delete
  find . -fprint pwned
  find . -fprint0 pwned
  find . -fprintf pwned %p
  find . -fls pwned
  find -L . -name passwd
  find -H root -name passwd
  find . -follow
  find . -files0-from ${secret}
  find -files0-from ${secret}
  find -D exec .
  find -O3 .
  find . -regex (.*)*
  find . -newer ${secret}
  find . -newer ../../secret
  find / -name secret
  find ${secret}
  find -delete
  find . -empty -delete
  find . -not -delete
  find . -name * -exec rm {} +
  find . ( -delete )
  find . ! -delete
  find . , -delete
  find root -ls
  find . -samefile ${secret}
  sort -o pwned data.txt
  sort -opwned data.txt
  sort --output=pwned data.txt
  sort --output pwned data.txt
  sort --outpu=pwned data.txt
  sort -no pwned data.txt
  sort --compress-program=./evil.sh -S 1 data.txt
  sort --files0-from=${secret}
  sort -T /tmp data.txt
  sort --random-source=${secret} -R data.txt
  sort -t ab data.txt
  sort -k 1o data.txt
  sort -k 1,1;id data.txt
  sort data.txt -o pwned
  sort -- data.txt -o ../pwned
  uniq data.txt pwned
  uniq data.txt ../pwned
  uniq -- data.txt pwned
  grep -f ${secret} data.txt
  grep --file=${secret} data.txt
  grep -f${secret} data.txt
  grep -if ${secret} data.txt
  grep -P (a+)+$ data.txt
  grep --perl-regexp x data.txt
  grep -R canary root
  grep -R canary .
  grep --dereference-recursive canary .
  grep -r canary / 
  grep -r canary -- ../..
  grep --include=../* -r canary .
  grep --exclude-from=${secret} -r x .
  grep -e canary ${secret}
  grep -D read canary pipe
  grep canary outside
  grep -z canary data.txt
  head --lines=99 ${secret}
  head -n -1 ${secret}
  head -n 99999999999 data.txt
  head -n $(id) data.txt
  tail -f data.txt
  tail -F data.txt
  tail --follow=name data.txt
  tail --pid=1 -f data.txt
  tail --retry data.txt
  tail -n +1 ${secret}
  tail -c 100 ${secret}
  cat outside
  cat root/etc/passwd
  cat root${secret}
  cat up/secret
  cat environ
  cat mem
  cat pipe
  cat /dev/zero
  cat /dev/tcp/127.0.0.1/${port}
  cat -- outside
  cat ./outside
  cat data.txt outside
  nl outside
  wc --files0-from=${secret}
  wc --files0-from=names0
  wc -l outside
  du --files0-from=${secret}
  du -X ${secret} .
  du --exclude-from=${secret} .
  du -L root
  du -D root
  du -d 99999 .
  df /etc/passwd
  df ${secret}
  df --output=file outside
  ls ${secret}
  ls -l outside root
  ls -L root
  ls -laH root
  ls root/
  ls root/root
  ls --hyperlink=always .
  ls -Z .
  ls -R root
  stat outside
  stat -L outside
  stat --printf=%n outside
  stat -c %N root
  file -f ${secret}
  file -m evil.magic data.txt
  file --magic-file ./evil.magic data.txt
  file -C -m evil.magic
  file -z bomb.gz
  file -L outside
  file -s /dev/zero
  file --files-from names
  cut -f 1 outside
  cut -f 1;id data.txt
  cut -d ab -f 1 data.txt
  cut --fields=1 ${secret}
  tr a b ${secret}
  comm data.txt outside
  comm data.txt ${secret}
  diff data.txt outside
  diff -r . root
  diff --from-file=${secret} data.txt
  diff --to-file ${secret} data.txt
  diff -X ${secret} . .
  diff --starting-file=${secret} . .
  diff -l data.txt data.txt
  diff --paginate data.txt data.txt
  diff -U 99999999 data.txt data.txt
  diff -Dx data.txt data.txt
  jq -f ${secret} data.json
  jq --from-file evil.jq data.json
  jq --rawfile x ${secret} $x data.json
  jq --slurpfile x ${secret} $x data.json
  jq -L / . data.json
  jq -n env
  jq -n $ENV.JARVIS_CANARY
  jq -n $__prog_args
  jq . outside
  jq . environ
  jq -n input_filename
  jq -n [limit(1000000000;repeat(1))]
  jq -n [range(1e9)]
  jq -n "a"*1000000000
  jq -n def\u0020f:f;f
  jq -- -n data.json
  jq --argfile x ${secret} . data.json
  jq --seq . ${secret}
  base64 outside
  base64 ${secret}
  base64 --decode ${secret}
  base64 -w 99999 data.txt
  md5sum -c names
  md5sum outside
  sha256sum --check ${secret}
  sha256sum outside
  sha256sum -- ${secret}
  date -f ${secret}
  date --file=${secret}
  date -s 2020-01-01
  date --set=2020-01-01
  date -r ${secret}
  date --reference=outside
  date 010100002020
  date +%n$(id)
  free -s 1
  free -c 100000
  uptime -V
  nproc --ignore=1
  uname -a;id
  ps aux
  ps -ef
  ps e
  ps --sort=environ
  ps -o args
  ps --pid 1
  git status
  git -c core.fsmonitor=./evil.sh status
  git -c alias.status=!./evil.sh status
  git --exec-path=. status
  git --git-dir=evil.git status
  git -C / status
  git --work-tree=/ status
  git --paginate log
  git -p log
  git log --output=pwned
  git log --output pwned
  git log -O evil
  git log --ext-diff -p
  git log --textconv -p
  git log -p
  git log -p -- doc.evil
  git log --show-signature
  git log --format=%G?
  git log --format=%x00
  git log --pretty=format:%GG
  git log -S canary --pickaxe-all
  git log --since=$(id)
  git log --open-files-in-pager=sh
  git log -- ../..
  git log -- ${secret}
  git log ${secret}
  git log --exec=sh
  git log --all --stat
  git log HEAD@{0}
  git log :/x
  git log --no-index x
  git diff
  git diff -- doc.evil
  git diff --no-index data.txt ${secret}
  git diff --no-index /dev/null outside
  git diff --ext-diff
  git diff --textconv
  git diff --output=pwned
  git diff -O${secret}
  git diff --submodule=diff
  git diff HEAD -- doc.evil
  git diff HEAD:doc.evil data.txt
  git show HEAD
  git show HEAD:doc.evil
  git show --textconv HEAD:doc.evil
  git show --ext-diff HEAD
  git show --show-signature HEAD
  git show --output=pwned HEAD
  git show HEAD -- doc.evil
  git branch
  git branch evil
  git branch -D main
  git branch --edit-description
  git branch -m main pwned
  git branch --list --format=%(if)x
  git grep --open-files-in-pager=./evil.sh x
  git grep -O./evil.sh x
  git evil
  git config core.pager ./evil.sh
  git config --global core.pager sh
  git clone ${url}
  git fetch ${url}
  git pull
  git push ${url}
  git ls-remote ${url}
  git ls-remote ext::sh
  git archive --remote=${url} HEAD
  git archive --exec=sh HEAD
  git upload-pack .
  git submodule update --init
  git submodule foreach sh
  git bisect run sh
  git rebase --exec sh HEAD
  git difftool -x ./evil.sh
  git mergetool
  git gc
  git checkout -- .
  git reset --hard
  git clean -fdx
  git init --template=evil pwned
  git daemon --base-path=/
  git instaweb
  git help -w log
  git blame --contents ${secret} data.txt
  git apply evil.patch
  git hook run pre-commit
  git var GIT_EDITOR
  git -h
  git
  tee ${secret}
  tee ../pwned
  tee /workspace/../pwned
  tee outside
  tee root/tmp/pwned
  tee up/pwned
  tee --output-error=warn ../x
  tee -p /dev/tcp/127.0.0.1/${port}
  tee a b
  tee /proc/self/mem
  tee /proc/sys/kernel/core_pattern
  mkdir ../pwned
  mkdir -m 4777 pwned
  mkdir up/pwned
  mkdir root/tmp/pwned
  mkdir -p ${secret}/pwned
  mkdir -Z x
  cp ${secret} here
  cp outside here
  cp root/etc/passwd here
  cp data.txt ../pwned
  cp data.txt up/pwned
  cp data.txt outside
  cp -r root here
  cp -a root here
  cp -L outside here
  cp --target-directory=/ data.txt
  cp -t / data.txt
  cp --backup --suffix=x data.txt up/x
  cp /proc/self/environ here
  cp environ here
  mv ${secret} here
  mv data.txt ../pwned
  mv data.txt up/pwned
  mv -t / data.txt
  mv outside here
  rm -rf /
  rm -rf .
  rm -r evil
  rm ${secret}
  rm up/secret
  rm ../secret
  rm root/tmp/x
  rm --no-preserve-root /
  rm --dir evil
  `
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/))
