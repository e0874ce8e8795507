"""An AWS that answers over HTTP and, where a test says so, answers wrongly, late, or not at all.

moto's own application stands behind it. Each protocol's form of an error is the one that botocore
reads with its parser of that protocol.

Source:
    https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
    https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
    https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
    https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
    https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
"""

import io
import json
import os
import re
import socket
import struct
import threading
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

import boto3
import botocore.session
from botocore import xform_name
from moto.iam.models import get_account_id_from
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from ingest import aws
from ingest.aws import Asked

OPERATION = "x-test-operation"
_REGION = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")
_KEY = re.compile(r"(?<=Credential=)[^/]+")


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it reached the server; a retry is another one."""

    service: str
    operation: str
    protocol: str
    region: str
    number: int
    """How often this operation was asked before, of this region, by this account."""
    mark: str
    """The page that is asked for; empty for the first."""
    request: str
    """What is asked about: the body, and the path where that says it."""
    account: str = ""
    """The account whose credentials ask."""

    @property
    def key(self) -> str:
        """``service/operation``."""
        return f"{self.service}/{self.operation}"


Answer = Response | Callable[[dict[str, Any]], Iterable[bytes]]
Fault = Callable[[Call], Answer | None]


def tell_operations(monkeypatch: Any) -> None:
    """Let every client say which operation it asks for; no path or body has to be guessed."""
    own = aws.guard

    def guard(session: boto3.Session, asked: Asked | None = None) -> None:
        def before_call(model: Any, params: dict[str, Any], **_: Any) -> None:
            service = model.service_model
            named = (service.service_name, model.name, service.resolved_protocol)
            params["headers"][OPERATION] = "/".join(named)

        own(session, asked)
        session.events.register("before-call.*.*", before_call)

    monkeypatch.setattr(aws, "guard", guard)


@dataclass(slots=True)
class FaultyAws:
    """The server.

    Attributes:
        fault: Asked before moto: what it gives is the answer.
        page: Most items on a page; 0 leaves pages to moto.
        instead: The access key with which moto is asked in place of the caller's own.
        calls: Every request, in order.
        answered: Those of them to which moto gave an answer that is none of an error.
    """

    fault: Fault = lambda _: None
    page: int = 0
    instead: Callable[[Call], str | None] = lambda _: None
    calls: list[Call] = field(default_factory=list)
    answered: list[Call] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    _behind: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        """Answer as the fault says, or as moto does."""
        told = environ.get(f"HTTP_{OPERATION.upper().replace('-', '_')}")
        if told is None:
            return self._moto(environ, start)
        service, name, protocol = told.split("/")
        pages = _Pages(service, name, protocol, self.page)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        mark = pages.take_mark(environ, body)
        call = self._noted(service, xform_name(name, "-"), protocol, mark, environ, body)
        answer = self.fault(call)
        if answer is not None:
            if isinstance(answer, Response):
                return answer(environ, start)
            return answer(environ)
        if (key := self.instead(call)) is not None:
            signed = environ["HTTP_AUTHORIZATION"]
            environ["HTTP_AUTHORIZATION"] = _KEY.sub(key, signed)
        response = Response.from_app(self._moto, environ)
        if response.status_code == 200:
            self.answered.append(call)
            if self.page:
                pages.cut(response, mark)
        return response(environ, start)

    def _noted(
        self,
        service: str,
        operation: str,
        protocol: str,
        mark: str,
        environ: dict[str, Any],
        body: bytes,
    ) -> Call:
        signed = environ.get("HTTP_AUTHORIZATION", "")
        found, key = _REGION.search(signed), _KEY.search(signed)
        region = found[1] if found else ""
        account = get_account_id_from(key[0]) if key else ""
        about = f"{environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')} {body.decode()}"
        with self._lock:
            number = self._numbers[account, f"{service}/{operation}", region]
            self._numbers[account, f"{service}/{operation}", region] += 1
            call = Call(service, operation, protocol, region, number, mark, about, account)
            self.calls.append(call)
        return call

    def _moto(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if self._behind is None:
            self._behind = DomainDispatcherApplication(create_backend_app)
        answer: Iterable[bytes] = self._behind(environ, start)
        return answer

    def asked(self) -> Counter[str]:
        """How often each operation was asked."""
        return Counter(call.key for call in self.calls)

    def forget(self) -> None:
        """Begin anew: no fault, nothing asked."""
        self.fault = lambda _: None
        self.page = 0
        self.instead = lambda _: None
        self.calls.clear()
        self.answered.clear()
        self._numbers.clear()


class _Quiet(WSGIRequestHandler):
    """A handler that does not log."""

    def log(self, *_: Any, **__: Any) -> None:
        """Say nothing."""

    def connection_dropped(self, *_: Any, **__: Any) -> None:
        """Wait for nothing more on a connection that was torn down."""
        self.close_connection = True


def serve(app: FaultyAws) -> Iterator[str]:
    """The server's address, while it runs."""
    server: BaseWSGIServer = make_server("127.0.0.1", 0, app, True, request_handler=_Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]  # one may hang on purpose
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    app.gone.set()
    server.shutdown()
    server.server_close()
    thread.join()


# --- answers ------------------------------------------------------------------------------------


def error(call: Call, status: int, code: str, message: str) -> Response:
    """An error in the form of the call's protocol."""
    headers = {"x-amzn-requestid": "test"}
    if call.protocol in ("json", "rest-json"):
        text = json.dumps({"__type": f"com.amazonaws#{code}", "message": message})
        if call.protocol == "rest-json":
            text = json.dumps({"message": message})
            headers["x-amzn-errortype"] = f"{code}:http://internal.amazon.com/"
        return Response(text, status, headers, content_type="application/x-amz-json-1.1")
    inner = f"<Code>{code}</Code><Message>{message}</Message>"
    if call.protocol == "ec2":
        text = (
            f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>1</RequestID></Response>"
        )
    elif call.service == "s3":
        text = f"<Error>{inner}<RequestId>1</RequestId></Error>"
    else:
        text = f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error></ErrorResponse>"
    return Response(text, status, headers, content_type="text/xml")


def denied(call: Call) -> Response:
    """What AWS says to those who may not, in the words and the code of the protocol."""
    codes = {"query": "AccessDenied", "rest-xml": "AccessDenied", "ec2": "UnauthorizedOperation"}
    message = "You are not authorized to perform this operation."
    if call.protocol != "ec2":
        message = (
            "User: arn:aws:iam::123456789012:user/audit is not authorized to perform: "
            f"{action(call)} because no identity-based policy allows the {action(call)} action"
        )
    return error(call, 403, codes.get(call.protocol, "AccessDeniedException"), message)


def action(call: Call) -> str:
    """The IAM action of a call."""
    model: Any = botocore.session.get_session().get_service_model(call.service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    return aws.action_of(model, names[call.operation])


def throttled(call: Call) -> Response:
    """Too many requests."""
    if call.service == "s3":
        return error(call, 503, "SlowDown", "Please reduce your request rate.")
    if call.protocol == "ec2":
        return error(call, 503, "RequestLimitExceeded", "Request limit exceeded.")
    code = "ThrottlingException" if "json" in call.protocol else "Throttling"
    return error(call, 400, code, "Rate exceeded")


def expired(call: Call) -> Response:
    """The session is over."""
    code = "ExpiredTokenException" if "json" in call.protocol else "ExpiredToken"
    if call.protocol == "ec2":
        code = "RequestExpired"
    return error(call, 400, code, "The security token included in the request is expired")


def broken(_: Call) -> Response:
    """A fault of the service that says nothing."""
    return Response("", 500)


def failing(call: Call) -> Response:
    """A fault of the service in its own form."""
    return error(call, 500, "InternalFailure", "The request processing has failed.")


def page_of_a_proxy(_: Call) -> Response:
    """HTML where AWS's answer should be, as if all were well."""
    html = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>proxy</body></html>"
    return Response(html, 200, content_type="text/html")


def cut_off(_: Call) -> Response:
    """A page of which only the beginning arrives."""
    response = Response('{"Items": [{"Na', 200, content_type="application/json")
    response.headers["Content-Length"] = "4096"
    response.automatically_set_content_length = False
    return response


def half_of_a_page(_: Call) -> Response:
    """A page that ends in the middle, without the connection saying so."""
    return Response('{"Items": [{"Na', 200, content_type="application/json")


def reset(_: Call) -> Answer:
    """The connection is torn down."""

    def tear(environ: dict[str, Any]) -> Iterable[bytes]:
        connection: socket.socket = environ["werkzeug.socket"]
        # Linger for no time: the other side gets RST and not FIN. The server's own files of the
        # connection would keep it open if it were only closed.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(connection.detach())
        raise ConnectionResetError

    return tear


def hanging(app: FaultyAws) -> Fault:
    """Nothing comes, and the connection stays."""

    def wait(call: Call) -> Answer:
        app.gone.wait(60)
        return broken(call)

    return wait


def slow(seconds: float) -> Fault:
    """What comes, comes late."""

    def wait(_: Call) -> None:
        time.sleep(seconds)

    return wait


# --- pages --------------------------------------------------------------------------------------


class _Pages:
    """Cuts an answer of moto, which gives all at once, into pages as AWS would.

    Args:
        service: Service of the operation.
        name: The operation, as the model spells it.
        protocol: Of its answers; others than JSON and query are left whole.
        most: Items on a page; 0 for all.
    """

    def __init__(self, service: str, name: str, protocol: str, most: int) -> None:
        self._name = name
        self._protocol = protocol
        self._most = most
        self._how: dict[str, Any] = {}
        session: Any = botocore.session.get_session()
        if most and protocol in ("json", "query"):
            config = session.get_component("data_loader").load_service_model(
                service, "paginators-1"
            )
            self._how = config["pagination"].get(name, {})
        keys = self._how.get("result_key", [])
        self._keys = [keys] if isinstance(keys, str) else list(keys)
        tokens = (self._how.get("input_token"), self._how.get("output_token"))
        if not all(isinstance(token, str) for token in tokens) or any("." in k for k in self._keys):
            self._how = {}

    def take_mark(self, environ: dict[str, Any], body: bytes) -> str:
        """Take the page's mark out of the request; moto does not know it."""
        mark = ""
        if self._how and self._protocol == "json":
            asked = json.loads(body or b"{}")
            mark = asked.pop(self._how["input_token"], "")
            body = json.dumps(asked).encode()
        elif self._how:
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
            mark = fields.pop(self._how["input_token"], "")
            body = urlencode(fields).encode()
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        return str(mark)

    def cut(self, response: Response, mark: str) -> None:
        """Leave the items of one page in the answer, and the mark of the next."""
        if not self._how:
            return
        first = int(mark or 0)
        after = first + self._most
        if self._protocol == "json":
            found = json.loads(response.get_data())
            rest = any(len(found.get(key) or ()) > after for key in self._keys)
            for key in self._keys:
                if key in found:
                    found[key] = found[key][first:after]
            if rest:
                found[self._how["output_token"]] = str(after)
            response.set_data(json.dumps(found))
            return
        root = ET.fromstring(response.get_data())
        space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
        result = next(root.iter(f"{space}{self._name}Result"))
        rest = False
        for key in self._keys:
            for held in result.findall(f"{space}{key}"):
                members = list(held)
                rest = rest or len(members) > after
                for member in members[:first] + members[after:]:
                    held.remove(member)
        token = self._how["output_token"]
        for name, value in (("IsTruncated", str(rest).lower()), (token, str(after))):
            for old in result.findall(f"{space}{name}"):
                result.remove(old)
            if name != token or rest:
                ET.SubElement(result, f"{space}{name}").text = value
        response.set_data(ET.tostring(root))
