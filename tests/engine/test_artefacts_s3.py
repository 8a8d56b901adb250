"""The store in a bucket: the contract, by the driver that `softwright[object-store]` brings.

Runs where an S3 server of our own can be had (`pip install s3fs 'moto[server]'`). Its libraries hold others
of ours to old versions, so it is not among what every test run installs.
"""

from collections.abc import Iterator
from uuid import uuid4

import fsspec
import pytest

from softwright.core import OutsideFault
from softwright.engine.artefacts import Artefacts
from softwright.testing import ArtefactsContract

pytest.importorskip("s3fs")
server_of_moto = pytest.importorskip("moto.server")


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The URL of a fresh bucket."""
    server = server_of_moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        fsspec.filesystem("s3", skip_instance_cache=True).mkdir("artefacts")
        yield "s3://artefacts"
    server.stop()


class TestS3(ArtefactsContract):
    """A part of a bucket."""

    @pytest.fixture
    def artefacts(self, bucket: str) -> Artefacts:
        """An empty store."""
        return Artefacts.open(f"{bucket}/{uuid4().hex}")


def test_a_missing_bucket_is_not_made_in_passing(bucket: str) -> None:
    """The server's own words are told, with what to look at."""
    with pytest.raises(OutsideFault, match="bucket does not exist") as raised:
        Artefacts.open(f"{bucket}-of-nobody/x").put(b"x")
    assert "credentials" in (raised.value.hint or "")
