"""What ./test counts: a file with one line a case, "pass NAME" or
"FAIL NAME"."""

import json


class Results:
    """Appends to a stage's results file and tells the terminal of failures."""

    def __init__(self, path, stage):
        self._path = path
        self._stage = stage
        self.failed = 0

    def add(self, name, passed):
        verdict = 'pass' if passed else 'FAIL'
        self.failed += not passed
        with open(self._path, 'a', encoding='utf-8') as out:
            out.write(f'{verdict} {self._stage}: {name}\n')

    def add_gtest(self, suite, report, exit_code, filtered=False):
        """Counts the cases of GoogleTest's JSON report. A program that wrote
        none, was killed half way, reports less than it ran, or ran nothing though no
        filter was given, has failed."""
        failed_before = self.failed
        try:
            groups = json.loads(report.read_text(encoding='utf-8'))
        except (OSError, ValueError):
            groups = {'testsuites': []}
            exit_code = exit_code or 'no report'
        ran = 0
        for group in groups['testsuites']:
            for case in group['testsuite']:
                if case['status'] == 'NOTRUN':
                    continue
                ran += 1
                # A skipped case has shown nothing.
                passed = (not case.get('failures') and
                          case.get('result') == 'COMPLETED')
                self.add(f'{suite} {group["name"]}.{case["name"]}', passed)
        if ran == 0 and exit_code == 0 and not filtered:
            exit_code = 'no case'
        if exit_code != 0 and self.failed == failed_before:
            self.add(f'{suite} ended with {exit_code}', False)
        return ran
