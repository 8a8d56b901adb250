"""What every forge must do, tried against the forge on loopback in its dialect."""

from collections.abc import Iterator
from typing import ClassVar

import pytest

from softwright.core import OutsideFault
from softwright.hosts.far_side import Refused, TryLater
from softwright.hosts.forges import (
    ChangeRequest,
    CiState,
    Forge,
    ForgeChoice,
    ForgeKind,
    Forges,
    NewRequest,
    RequestState,
)
from softwright.testing.forge_server import FakeForge, Fault, KeptRequest

_NEW = NewRequest("softwright/rename", "main", "Rename", "All of it.\n\n- one")
_MANY = 130


class ForgeContract:
    """Subclass it with the `kind`; `project` is the name of a repository there."""

    kind: ClassVar[ForgeKind]
    project: ClassVar[str] = "team/api"

    @pytest.fixture
    def server(self) -> Iterator[FakeForge]:
        """The forge on loopback."""
        with FakeForge() as server:
            server.add(self.project)
            yield server

    @pytest.fixture
    def forge(self, server: FakeForge) -> Forge:
        """The repository at it."""
        return self.reach(server, server.token)

    def reach(self, server: FakeForge, token: str) -> Forge:
        """The repository, as who has the token sees it."""
        choice = ForgeChoice(self.kind, "FORGE_TOKEN", server.api(self.kind))
        forges = Forges({server.host: choice}, {"FORGE_TOKEN": token})
        return forges.of(f"{server.web}/{self.project}.git")

    def test_an_opened_request_is_found_by_its_branch(self, server: FakeForge, forge: Forge) -> None:
        """What was opened is found again by branch and by number, as it was written."""
        made = forge.open(_NEW)
        assert made.state is RequestState.OPEN
        assert made.url.startswith(f"{server.web}/{self.project}/")
        assert [_plain(each) for each in forge.requests(_NEW.head)] == [_plain(made)]
        assert _plain(forge.request(made.number)) == _plain(made)
        assert _plain(made)[2:] == ("Rename", "All of it.\n\n- one")
        assert list(forge.requests("softwright/other")) == []

    def test_a_second_request_for_a_branch_is_a_conflict(self, forge: Forge) -> None:
        """The forge itself keeps two from being open for one branch; whoever comes second learns so."""
        forge.open(_NEW)
        with pytest.raises(Refused) as caught:
            forge.open(_NEW)
        assert caught.value.status == 409

    def test_open_requests_come_before_closed_ones(self, server: FakeForge, forge: Forge) -> None:
        """Of several requests for a branch the open one is first, then the newest."""
        for state in ("closed", "merged", "open"):
            forge.open(_NEW)
            server.repository(self.project).requests[-1].state = state
        server.repository(self.project).requests.reverse()
        states = [each.state for each in forge.requests(_NEW.head)]
        assert states[0] is RequestState.OPEN
        assert set(states[1:]) == {RequestState.CLOSED, RequestState.MERGED}

    def test_requests_are_found_among_many(self, server: FakeForge, forge: Forge) -> None:
        """Listings are read over all their pages."""
        repo = server.repository(self.project)
        for number in range(1, _MANY):
            repo.open(KeptRequest(number, f"branch-{number}", "main", "t", "b"))
        assert [each.number for each in forge.requests("branch-1")] == [1]

    def test_title_and_text_are_changed(self, forge: Forge) -> None:
        """An update replaces both."""
        made = forge.open(_NEW)
        newer = forge.update(made.number, title="Other", body="Other text")
        assert (newer.number, newer.title, newer.body) == (made.number, "Other", "Other text")

    def test_a_draft_stays_one(self, server: FakeForge, forge: Forge) -> None:
        """A draft is opened as one, and an update does not make it ready."""
        made = forge.open(NewRequest(_NEW.head, "main", "Rename", "b", draft=True))
        forge.update(made.number, title="Other", body="c")
        kept = server.repository(self.project).requests[0]
        assert kept.draft
        assert kept.title.endswith("Other")
        assert self.kind == "github" or kept.title != "Other"

    def test_labels_are_added_to_those_there(self, server: FakeForge, forge: Forge) -> None:
        """Labels are given, made where they are not there, and given again without harm."""
        made = forge.open(_NEW)
        forge.add_labels(made.number, ["mechanical"])
        forge.add_labels(made.number, ["mechanical", "python"])
        assert forge.request(made.number).labels == ("mechanical", "python")
        assert server.repository(self.project).requests[0].labels == ["mechanical", "python"]

    def test_comments_are_read_back_in_order(self, server: FakeForge, forge: Forge) -> None:
        """Comments have addresses, come oldest first, and are read over all pages."""
        made = forge.open(_NEW)
        for number in range(_MANY):
            server.repository(self.project).comment(made.number, f"comment {number}")
        last = forge.add_comment(made.number, "the last")
        found = list(forge.comments(made.number))
        assert found[-1] == last
        assert [each.body for each in found[:-1]] == [f"comment {number}" for number in range(_MANY)]
        assert len({each.url for each in found}) == _MANY + 1
        assert all(each.url.startswith(made.url) for each in found)

    @pytest.mark.parametrize("state", ["merged", "closed"])
    def test_how_a_request_ended(self, server: FakeForge, forge: Forge, state: str) -> None:
        """Merged and closed are told apart."""
        made = forge.open(_NEW)
        server.repository(self.project).request(made.number).state = state
        assert forge.request(made.number).state == state

    def test_a_request_is_found_when_its_branch_is_gone(self, server: FakeForge, forge: Forge) -> None:
        """Forges delete branches when they merge; the change request is still that of the branch."""
        forge.open(_NEW)
        repo = server.repository(self.project)
        repo.end(1, "merged")
        repo.missing.add(_NEW.head)
        assert [each.state for each in forge.requests(_NEW.head)] == [RequestState.MERGED]

    @pytest.mark.parametrize("said", ["pending", "passed", "failed"])
    def test_what_ci_says(self, server: FakeForge, forge: Forge, said: str) -> None:
        """The state of continuous integration is that of the commit; without any there is none."""
        made = forge.open(_NEW)
        assert forge.ci(made.head, made.number) is CiState.NONE
        server.repository(self.project).ci[made.head] = said
        assert forge.ci(made.head, made.number) == said

    def test_a_limit_says_how_long_to_wait(self, server: FakeForge, forge: Forge) -> None:
        """429 with Retry-After: so many seconds; nothing was done."""
        server.wrong(Fault(status=429, headers={"Retry-After": "17"}))
        with pytest.raises(TryLater) as caught:
            forge.open(_NEW)
        assert caught.value.seconds == 17
        assert not server.repository(self.project).requests

    def test_a_fault_of_the_server_is_no_refusal(self, server: FakeForge, forge: Forge) -> None:
        """500: it may work the next time, and it is not known what happened."""
        server.wrong(Fault(status=500))
        with pytest.raises(OutsideFault) as caught:
            forge.open(_NEW)
        assert not isinstance(caught.value, Refused)
        assert forge.open(_NEW).number == 1

    def test_a_lost_answer_leaves_the_request_to_be_found(self, server: FakeForge, forge: Forge) -> None:
        """The connection drops after the forge acted: an error, and the request is there."""
        server.wrong(Fault())
        with pytest.raises(OutsideFault):
            forge.open(_NEW)
        assert [each.number for each in forge.requests(_NEW.head)] == [1]

    def test_a_wrong_token_is_told_without_showing_it(self, server: FakeForge) -> None:
        """401 is a refusal; the token is in no message."""
        with pytest.raises(Refused) as caught:
            self.reach(server, "hidden-token").open(_NEW)
        assert caught.value.status == 401
        assert "hidden-token" not in str(caught.value)
        assert "Bad credentials" in str(caught.value)

    def test_a_missing_branch_is_refused_with_the_forges_words(self, server: FakeForge, forge: Forge) -> None:
        """What the forge says of it is passed on."""
        server.repository(self.project).missing.add(_NEW.head)
        with pytest.raises(Refused) as caught:
            forge.open(_NEW)
        assert caught.value.status != 409
        assert "head" in caught.value.message or "exist" in caught.value.message


def _plain(request: ChangeRequest) -> tuple[int, str, str, str]:
    return request.number, request.url, request.title, "\n".join(request.body.splitlines())
