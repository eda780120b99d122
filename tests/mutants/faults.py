"""The faults: what somebody might write one day, and which part of the suite says no."""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "src/integrado_poster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A fault: in `file`, each first text becomes the second; `tests` must fail then."""

    name: str
    file: str
    changes: tuple[tuple[str, str], ...]
    tests: tuple[str, ...]

    def applied(self, source: str) -> str:
        """The source with the fault; raises ValueError if it does not fit in exactly one place."""
        for old, new in self.changes:
            if source.count(old) != 1:
                raise ValueError(f"{self.name}: {self.file} has {source.count(old)} times {old!r}")
            source = source.replace(old, new)
        return source


def _one(name: str, file: str, old: str, new: str, *tests: str) -> Mutant:
    return Mutant(name=name, file=f"{SOURCE}/{file}", changes=((old, new),), tests=tests)


PUBLISH = "tests/test_publish.py"
JOURNAL = "tests/test_journal.py"
WIRE = "tests/test_wire.py"
PARTS = "tests/test_parts.py"
ANOTHER = "test_no_part_is_taken_for_another"
EDITED = "test_a_post_that_somebody_edits_before_we_look_is_never_called_absent"
CHAINS = "tests/crash/test_judge.py"
CRASHES = "tests/crash/test_judge.py::test_the_sweep_has_nothing_to_say_about_the_real_thing"

MUTANTS = (
    _one(
        "a lost reply is tried again blindly",
        "publish.py",
        "            case Rejected() | LoginNeeded() | TryLater():\n                self.not_sent(answer)",
        "            case Rejected() | LoginNeeded() | TryLater() | OutcomeUnknown():\n                self.not_sent(answer)",
        f"{PUBLISH}::test_a_lost_reply_is_looked_for_before_anything_else",
    ),
    Mutant(
        name="the intent is written after the request",
        file=f"{SOURCE}/publish.py",
        changes=(
            ('isinstance(handle, Mapping) and not self._step("intend", self._intend)', "False"),
            (
                "answer = _answer(lambda: platform.commit(self.claim.message, handle))",
                "answer = _answer(lambda: platform.commit(self.claim.message, handle)); self._intend()",
            ),
        ),
        tests=(CRASHES,),
    ),
    _one(
        "no freshness check",
        "publish.py",
        "self.clock.monotonic() - began > FROZEN",
        "False",
        f"{PUBLISH}::test_a_machine_that_stood_still_before_sending_does_not_send",
    ),
    _one(
        "the STOP file is looked at once",
        "publish.py",
        "        if stopped():\n            self._write(",
        "        if False:\n            self._write(",
        f"{PUBLISH}::test_a_stop_in_the_last_moment_is_heard",
    ),
    _one(
        "the stop row is looked at once",
        "journal/claiming.py",
        "            reason = standing_still(connection)\n",
        "            reason = None\n",
        f"{PUBLISH}::test_a_stop_in_the_last_moment_is_heard",
    ),
    _one(
        "a receipt is given up at the first trouble",
        "publish.py",
        "return vain < WRITES",
        "return False",
        f"{PUBLISH}::test_a_receipt_is_written_down_even_if_the_database_is_busy_at_first",
    ),
    _one(
        "an orphan goes back to the queue",
        "journal/claiming.py",
        "    if row.intent_at is not None:\n",
        "    if False:\n",
        CRASHES,
    ),
    _one(
        "approval is checked in the claim only",
        "journal/claiming.py",
        "            elif needs_a_yes(connection, row):\n                reason",
        "            elif False:\n                reason",
        "tests/test_approving.py::test_a_change_between_claim_and_request_is_seen",
    ),
    _one(
        "too late is checked in the claim only",
        "journal/claiming.py",
        "            if too_late(row, now):\n                reason",
        "            if False:\n                reason",
        f"{JOURNAL}::test_a_sender_that_wakes_too_late_does_not_send",
    ),
    _one(
        "a sender that was fenced off announces its request all the same",
        "journal/claiming.py",
        "row is None or row.fence != claim.fence or row.state != State.SENDING",
        "row is None",
        f"{PUBLISH}::test_a_delivery_that_was_taken_from_us_while_preparing_is_not_sent",
        f"{JOURNAL}::test_a_write_under_an_old_fence_changes_nothing",
    ),
    _one(
        "no fence in the guard",
        "journal/moves.py",
        '        deliveries.c.fence == bindparam("its_fence"),\n',
        "",
        f"{JOURNAL}::test_a_write_under_an_old_fence_changes_nothing",
    ),
    _one(
        "a late receipt is dropped",
        "journal/outcomes.py",
        "offline = and_(this, deliveries.c.state != State.PUBLISHED)",
        "offline = and_(this, deliveries.c.id < 0)",
        f"{JOURNAL}::test_a_receipt_always_wins",
    ),
    _one(
        "a second receipt is hidden",
        "journal/outcomes.py",
        "    if not receipt.known_as(known):\n",
        "    if False:\n",
        f"{JOURNAL}::test_a_second_receipt_under_another_id_is_not_hidden",
    ),
    _one(
        "a look takes another delivery's post for ours",
        "journal/outcomes.py",
        "if found and (other := _whose(connection, claim, receipt)):",
        "if False and (other := _whose(connection, claim, receipt)):",
        f"{PUBLISH}::test_another_posts_receipt_is_not_taken_for_ours",
    ),
    _one(
        "the receipt does not stand in the attempt",
        "journal/outcomes.py",
        '            close_attempt(connection, claim.id, "published", detail, now)\n',
        "",
        f"{PUBLISH}::test_how_each_request_has_ended_is_written_down",
    ),
    _one(
        "a look does not wait until the platform has settled",
        "journal/outcomes.py",
        "state=State.UNKNOWN, looks=0, next_at=now + settle,",
        "state=State.UNKNOWN, looks=0, next_at=now,",
        f"{PUBLISH}::test_a_lost_reply_is_looked_for_before_anything_else",
    ),
    _one(
        "synchronous = normal",
        "journal/sqlite.py",
        '"synchronous = extra"',
        '"synchronous = normal"',
        "tests/crash/test_judge.py::test_when_the_power_goes_nothing_is_forgotten",
    ),
    _one(
        "synchronous = full",
        "journal/sqlite.py",
        '"synchronous = extra"',
        '"synchronous = full"',
        "tests/crash/test_judge.py::test_when_the_power_goes_nothing_is_forgotten",
    ),
    _one(
        "deferred BEGIN",
        "journal/sqlite.py",
        '"BEGIN" if reading else "BEGIN IMMEDIATE"',
        '"BEGIN"',
        f"{JOURNAL}::test_a_second_writer_waits_for_its_turn",
    ),
    _one(
        "WAL on a SQLite that may forget in it",
        "journal/sqlite.py",
        'mode = "wal" if wal_is_safe(module.sqlite_version_info) else "delete"',
        'mode = "wal"',
        "tests/crash/test_judge.py::test_a_sqlite_that_may_forget_in_wal_is_not_trusted_with_it",
    ),
    _one(
        "the second process is let in",
        "journal/lock.py",
        "fcntl.LOCK_EX | fcntl.LOCK_NB)\n        except BlockingIOError as error:",
        "fcntl.LOCK_SH | fcntl.LOCK_NB)\n        except BlockingIOError as error:",
        f"{JOURNAL}::test_the_second_process_says_so",
    ),
    _one(
        "two of an account in flight",
        "journal/tables.py",
        '"uq_delivery_in_flight", deliveries.c.account, unique=True',
        '"uq_delivery_in_flight", deliveries.c.account, unique=False',
        f"{JOURNAL}::test_the_database_itself_keeps_a_second_one_from_flight",
    ),
    _one(
        "what may be online can be taken back",
        "journal/moves.py",
        "(deliveries.c.state == State.HELD) & (deliveries.c.held != Held.UNCLEAR)",
        "(deliveries.c.state == State.HELD)",
        f"{JOURNAL}::test_a_person_may_decide_what_is_theirs_to_decide",
    ),
    _one(
        "a 5xx is a refusal",
        "wire/line.py",
        "clear = 400 <= reply.status < 500 and",
        "clear = 400 <= reply.status and",
        f"{WIRE}::test_a_status_means_what_to_do_next",
    ),
    _one(
        "the commit goes over a kept connection",
        "wire/session.py",
        "return super().is_connected and not (call is not None and call.once)",
        "return super().is_connected",
        f"{WIRE}::test_the_one_call_has_a_connection_of_its_own",
    ),
    _one(
        "whoever is redirected follows",
        "wire/session.py",
        "def get_redirect_target(",
        "def get_no_redirect_target(",
        f"{WIRE}::test_nobody_is_followed",
    ),
    _one(
        "a person decides about what is still looked for",
        "journal/verdicts.py",
        "_NOBODY_LOOKS = and_(deliveries.c.state == State.UNKNOWN, ~_CAN_LOOK.exists())",
        "_NOBODY_LOOKS = and_(deliveries.c.state == State.UNKNOWN)",
        "tests/test_cli_policy.py::test_what_is_still_looked_for_is_not_decided_by_a_person",
    ),
    _one(
        "a worker takes its own lock on a delivery twice",
        "journal/advisory.py",
        "        if number in self._numbers:",
        "        if False:",
        "tests/test_cluster.py::test_senders_of_one_worker_hold_their_deliveries_against_each_other",
    ),
    _one(
        "a reply that nobody can read is a refused login",
        "wire/line.py",
        "if not call.left:",
        "if not call.left or isinstance(error, InvalidHeader | UnicodeError):",
        f"{WIRE}::test_headers_that_nobody_can_read_are_no_fault_of_the_login",
    ),
    _one(
        "a post in other words is not there",
        "wire/looking.py",
        "for at, place in edited if not ours else ():",
        "for at, place in ():",
        f"tests/platforms/test_mastodon.py::TestMastodon::{EDITED}",
        f"tests/platforms/test_x.py::TestX::{EDITED}",
    ),
    _one(
        "an id is whatever stands there",
        "wire/shapes.py",
        'return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""',
        'return str(value or "")',
        "tests/platforms/test_replies.py::test_json_of_no_known_shape_proves_nothing_and_breaks_nothing",
    ),
    _one(
        "a part is claimed before the one that it follows is online",
        "journal/claiming.py",
        "    if row.follows and not above(connection, row):",
        "    if False:",
        f"{PARTS}::test_a_part_is_not_even_named_while_it_waits",
    ),
    _one(
        "a part is due before the one that it follows is online",
        "journal/waiting.py",
        "    ~_doubted,\n    ITS_TURN,\n",
        "    ~_doubted,\n",
        f"{PARTS}::test_a_part_is_not_even_named_while_it_waits",
    ),
    _one(
        "a part answers the first one instead of the one before it",
        "journal/chains.py",
        'return {"parent": parts[-1].receipt_id, "root": root}',
        'return {"parent": root, "root": root}',
        f"{CHAINS}::test_the_sweep_of_a_chain_has_nothing_to_say_about_the_real_thing",
    ),
    _one(
        "what would follow a skipped part goes out all the same",
        "journal/verdicts.py",
        "                cut_off(connection, id, now)\n",
        "                pass\n",
        f"{PARTS}::test_what_would_follow_a_skipped_part_is_cancelled_and_says_why",
    ),
    _one(
        "how late a part is counts from the plan",
        "journal/outcomes.py",
        "            elif claim.followed:\n",
        "            elif False:\n",
        f"{PARTS}::test_how_late_a_part_is_counts_from_the_part_before",
    ),
    _one(
        "a chain that has begun may be changed",
        "journal/planning.py",
        "        if _at(row) in closed:",
        "        if not _may_change(row):",
        f"{PARTS}::test_a_chain_that_has_begun_is_fixed_as_a_whole",
    ),
    *(
        _one(
            f"find on {platform} ignores what a post answers",
            f"platforms/{platform}.py",
            old,
            new,
            f"tests/platforms/test_{platform}.py::Test{platform.title()}::{ANOTHER}",
        )
        for platform, old, new in (
            ("x", "and _answered(post) == above\n", "\n"),
            (
                "mastodon",
                '                and self._answers(status, handle.get("parent"))\n',
                "",
            ),
        )
    ),
    _one(
        "a restored backup is not noticed",
        "journal/origin.py",
        "return line > newest or (used and file != self._number())",
        "return used and file != self._number()",
        "tests/test_worker.py::test_a_backup_sends_nothing_again_before_a_person_has_looked",
    ),
    _one(
        "a database from another machine is not noticed",
        "journal/origin.py",
        "return used and not self.shared and heartbeat(folder) is None",
        "return False",
        "tests/test_worker.py::test_a_backup_sends_nothing_again_before_a_person_has_looked",
    ),
    _one(
        "two accounts open one profile",
        "profiles.py",
        "same = known is not None and known.id == identity.id and other.key != key",
        "same = False",
        "tests/test_app.py::test_one_profile_is_no_second_account",
    ),
    _one(
        "a login is kept although something has gone out meanwhile",
        "journal/accounts.py",
        "if seen is not None and seen != _standing(connection, key):",
        "if False:",
        "tests/test_app.py::test_another_profile_is_refused_if_a_post_goes_out_in_the_same_moment",
    ),
    _one(
        "a receipt against a person's word is not told",
        "journal/outcomes.py",
        '        return ""\n    else:\n        kind = "after-all"\n',
        '        return ""\n    else:\n        return ""\n',
        f"{JOURNAL}::test_a_receipt_after_somebody_decided_otherwise_is_told",
    ),
    _one(
        "parts are planned behind one that came too late",
        "journal/planning.py",
        "            closed.add(_place(part))  # and whatever follows it\n",
        "            pass\n",
        f"{PARTS}::test_nothing_is_planned_behind_a_part_that_came_too_late",
    ),
)
