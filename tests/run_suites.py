#!/usr/bin/env python3
"""Runs the suites of one build folder, two at a time for each core.

Every suite that meson knows is run, then the fuzz targets, each over its
corpus and a bounded number of mutations. With --adapters nothing is run but
the integration suite on those two adapters.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import pwd
import subprocess
import sys
import time

from results import Results

ROOT = pathlib.Path(__file__).resolve().parent.parent
FUZZ_RUNS = 20000
FUZZ_SECONDS = 10


def run(command, timeout, log, **where):
    """Returns the exit status, or a word for what came instead."""
    with open(log, 'wb') as out:
        try:
            return subprocess.run(command, stdin=subprocess.DEVNULL,
                                  stdout=out, stderr=subprocess.STDOUT,
                                  timeout=timeout, check=False,
                                  **where).returncode
        except subprocess.TimeoutExpired:
            return f'no end within {timeout} s'


def run_suite(test, gtest_filter, logs):
    """One suite of meson's: (test, exit status, seconds, log, report)."""
    log = logs / (test['name'] + '.log')
    report = logs / (test['name'] + '.json')
    command = list(test['cmd'])
    if test['protocol'] == 'gtest':
        report.unlink(missing_ok=True)
        command += [f'--gtest_output=json:{report}',
                    f'--gtest_filter={gtest_filter}', '--gtest_brief=1']
    start = time.monotonic()
    code = run(command, test['timeout'], log, cwd=test['workdir'],
               env={**os.environ, **test['env']})
    return test, code, time.monotonic() - start, log, report


def show(log):
    """The log of something that failed, its end if it is long."""
    text = log.read_text(encoding='utf-8', errors='replace')
    print(text[-20000:], flush=True)


def report_suite(outcome, gtest_filter, results):
    test, code, seconds, log, report = outcome
    failed = results.failed
    if test['protocol'] == 'gtest':
        ran = results.add_gtest(test['name'], report, code,
                                gtest_filter != '*')
        what = f'{ran} cases'
    else:
        results.add(test['name'], code == 0)
        what = 'ok' if code == 0 else f'ended with {code}'
    print(f'{test["name"]}: {what}, {seconds:.1f} s', flush=True)
    if results.failed != failed:
        show(log)


def run_fuzz_target(target, logs):
    """One target, bounded: (target, exit status, seconds, log)."""
    log = logs / (target.name + '.log')
    # What a run finds is kept with the run, not among the sources.
    found = logs / (target.name + '.found')
    found.mkdir(exist_ok=True)
    command = [target, '-seed=1', f'-runs={FUZZ_RUNS}',
               f'-max_total_time={FUZZ_SECONDS}', '-timeout=10',
               f'-artifact_prefix={logs}/{target.name}-', found]
    corpus = ROOT / 'tests/fuzz/corpus' / target.name
    if corpus.is_dir():
        command.append(corpus)
    start = time.monotonic()
    code = run(command, 10 * FUZZ_SECONDS, log)
    return target, code, time.monotonic() - start, log


def report_fuzz_target(outcome, results):
    target, code, seconds, log = outcome
    results.add(target.name, code == 0)
    print(f'{target.name}: {"ok" if code == 0 else code}, {seconds:.1f} s',
          flush=True)
    if code != 0:
        show(log)


def fuzz_targets(build):
    return [target
            for target in sorted((build / 'tests/fuzz').glob('fuzz-*'))
            if target.is_file() and os.access(target, os.X_OK)]


def run_all(build, gtest_filter, results, logs):
    listing = subprocess.run(('meson', 'introspect', '--tests', build),
                             text=True, capture_output=True, check=True)
    tests = json.loads(listing.stdout)
    targets = fuzz_targets(build)
    if gtest_filter != '*':
        tests = [test for test in tests if test['protocol'] == 'gtest']
        targets = []
    # The long ones mostly wait: for a timer, a disk, another process.
    workers = 2 * os.cpu_count()
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        suites = [pool.submit(run_suite, test, gtest_filter, logs)
                  for test in tests]
        # Last: they use what the others leave idle, for as long as they may.
        fuzzing = [pool.submit(run_fuzz_target, target, logs)
                   for target in targets]
        for done in concurrent.futures.as_completed(suites + fuzzing):
            if done in fuzzing:
                report_fuzz_target(done.result(), results)
            else:
                report_suite(done.result(), gtest_filter, results)


def an_unprivileged_user():
    """Whom bondd runs as: its own user where it is installed."""
    try:
        return pwd.getpwnam('bondd').pw_name
    except KeyError:
        return 'nobody'


def run_on_adapters(build, adapters, gtest_filter, results, logs):
    ours, _, kernels = adapters.partition(',')
    if subprocess.run(('pgrep', '-x', 'bluetoothd'), check=False,
                      stdout=subprocess.DEVNULL).returncode == 0:
        print('bluetoothd is running: systemctl stop bluetooth')
        results.add('two adapters without bluetoothd', False)
        return
    report = logs / 'adapters.json'
    report.unlink(missing_ok=True)
    code = subprocess.run(
        (build / 'tests/integration/integration-tests',
         '--bondd', build / 'daemon/bondd',
         '--policy', ROOT / 'packaging/org.bondd.conf',
         '--user', an_unprivileged_user(), '--bondd-adapter', ours,
         '--kernel-adapter', kernels, '--logs', logs,
         f'--gtest_output=json:{report}', f'--gtest_filter={gtest_filter}'),
        stdin=subprocess.DEVNULL, check=False).returncode
    results.add_gtest('integration', report, code, gtest_filter != '*')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--build', type=pathlib.Path, required=True)
    parser.add_argument('--results', type=pathlib.Path, required=True)
    parser.add_argument('--filter', default='*')
    parser.add_argument('--adapters')
    options = parser.parse_args()
    build = options.build.resolve()
    logs = build / 'test-logs'
    logs.mkdir(exist_ok=True)
    results = Results(options.results, options.results.name)
    if options.adapters:
        run_on_adapters(build, options.adapters, options.filter, results, logs)
    else:
        run_all(build, options.filter, results, logs)
    return 1 if results.failed else 0


if __name__ == '__main__':
    sys.exit(main())
