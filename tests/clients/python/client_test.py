#!/usr/bin/python3
"""Debian's python3-grpcio as a client: generic calls, nothing of ours but the
.proto files. Starts the real server with a temporary store.

usage: client_test.py PARTNERD PROTOC PROTO_DIR
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import uuid

import grpc

PARTNERD, PROTOC, PROTO_DIR = sys.argv[1:4]
GLOBAL = "programs/global"
PROVIDER = GLOBAL + "/partners/contoso"
RESELLER = GLOBAL + "/partners/fabrikam"
FOREIGN = GLOBAL + "/partners/northwind"
CUSTOMER = GLOBAL + "/customers/adatum"
EXCHANGE = GLOBAL + "/services/exchange-online"
TYPE_URL = "type.googleapis.com/google.rpc."


class Server:
    """partnerd on a free port of the loopback."""

    def __init__(self, folder):
        self.log = pathlib.Path(folder, "log")
        self.process = subprocess.Popen(
            [PARTNERD, "--listen=127.0.0.1:0", "--identity=development",
             f"--data-dir={folder}/data", "--create"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self.log.open("w"), text=True)
        ready = self.process.stdout.readline()
        if not ready:
            raise RuntimeError("partnerd: " + self.log.read_text())
        self.address = json.loads(ready)["addresses"][0]

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def details(error):
    """The google.rpc details of a failed call, by type."""
    trailer = dict(error.trailing_metadata())["grpc-status-details-bin"]
    status = error_details_pb2.Status.FromString(trailer)
    assert status.code == error.code().value[0], status
    found = {}
    for packed in status.details:
        assert packed.type_url.startswith(TYPE_URL), packed.type_url
        name = packed.type_url[len(TYPE_URL):]
        found[name] = getattr(error_details_pb2, name).FromString(packed.value)
    return found


class ClientTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.channel = grpc.insecure_channel(server.address)
        cls.addClassCleanup(cls.channel.close)

    def call(self, principal, service, method, **fields):
        """Calls a unary method found by name; mutations get a request id."""
        module = MODULES[service]
        request = getattr(module, method + "Request")(**fields)
        if "options" in request.DESCRIPTOR.fields_by_name:
            if not request.options.request_id:
                request.options.request_id = str(uuid.uuid4())
        metadata = [("partner-principal", principal)]
        if "/customers/" in principal:
            metadata.append(("partner-customer-admin", "true"))
        rpc = self.channel.unary_unary(
            f"/partner.hierarchy.v1.{service}/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=getattr(
                module, method + "Response").FromString)
        return rpc(request, timeout=20, metadata=metadata)

    def refused(self, *args, **fields):
        with self.assertRaises(grpc.RpcError) as caught:
            self.call(*args, **fields)
        return caught.exception

    def check(self, partner, permission, service=EXCHANGE):
        answer = self.call(partner, "AccessService", "CheckAccess", query={
            "partner": partner, "permission": permission,
            "customer": CUSTOMER, "service": service})
        return (access_pb2.AccessVerdict.Name(answer.decision.verdict),
                access_pb2.AccessReason.Name(answer.decision.reason))

    def test_1_partners_and_partnership(self):
        for name, enrollment in ((PROVIDER, "INDIRECT_PROVIDER"),
                                 (RESELLER, "INDIRECT_RESELLER"),
                                 (FOREIGN, "INDIRECT_RESELLER")):
            answer = self.call(
                "operators/test", "PartnerService", "CreatePartner",
                parent=GLOBAL, partner_id=name.rsplit("/", 1)[1],
                partner={"display_name": name, "country": "DE",
                         "tenant_id": str(uuid.uuid4())},
                enrollments=["ENROLLMENT_TYPE_" + enrollment])
            self.assertEqual(answer.partner.name, name)
            self.assertGreater(answer.result.revision.number, 0)
        asked = self.call(PROVIDER, "PartnershipService", "CreatePartnership",
                          parent=GLOBAL, reseller=RESELLER)
        accepted = self.call(
            RESELLER, "PartnershipService", "AcceptPartnership",
            name=asked.partnership.name)
        self.assertEqual(accepted.partnership.provider, PROVIDER)

    def test_2_a_reseller_cannot_invite(self):
        error = self.refused(
            RESELLER, "InvitationService", "CreateInvitation", parent=RESELLER,
            invitation={"audience": "INVITATION_AUDIENCE_DIRECT_ONLY"})
        self.assertEqual(error.code(), grpc.StatusCode.PERMISSION_DENIED)
        info = details(error)["ErrorInfo"]
        self.assertEqual(info.reason, "RESELLER_CANNOT_INVITE")
        self.assertEqual(info.domain, "partner.hierarchy.v1")
        self.assertIn(PROVIDER, info.metadata["providers"])

    def test_3_invite_forward_accept(self):
        invitation = self.call(
            PROVIDER, "InvitationService", "CreateInvitation", parent=PROVIDER,
            invitation={
                "audience": "INVITATION_AUDIENCE_ALL_ACTIVE_RESELLERS"},
        ).invitation
        error = self.refused(FOREIGN, "InvitationService", "ForwardInvitation",
                             parent=GLOBAL, token=invitation.token)
        self.assertEqual(details(error)["ErrorInfo"].reason,
                         "NOT_ISSUERS_RESELLER")
        forward = self.call(
            RESELLER, "InvitationService", "ForwardInvitation",
            name=invitation.name).forward
        accepted = self.call(
            CUSTOMER, "InvitationService", "AcceptInvitation", parent=GLOBAL,
            token=forward.token, new_customer={
                "display_name": "Adatum", "country": "DE",
                "domain": "adatum.example", "tenant_id": str(uuid.uuid4())})
        self.assertEqual(accepted.customer.name, CUSTOMER)
        self.assertEqual(accepted.reseller_relationship.owner, PROVIDER)
        self.assertEqual(accepted.admin_relationship.delegate, PROVIDER)

    def test_4_grant_and_check(self):
        grant = {
            "parent": CUSTOMER, "delegate": FOREIGN,
            "duties": ["ADMIN_DUTY_PROVISIONING", "ADMIN_DUTY_SUPPORT"],
            "scope": {"services": [EXCHANGE]}}
        service = ("AdminRelationshipService", "GrantAdminRelationship")
        error = self.refused(CUSTOMER, *service, **grant)
        self.assertEqual(error.code(), grpc.StatusCode.FAILED_PRECONDITION)
        found = details(error)
        self.assertEqual(found["ErrorInfo"].reason,
                         "SERVICE_ALREADY_DELEGATED")
        self.assertTrue(found["PreconditionFailure"].violations)

        options = {"request_id": str(uuid.uuid4())}
        first = self.call(CUSTOMER, *service, options=options,
                          replace_overlapping=True, **grant)
        self.assertFalse(first.result.replayed)
        again = self.call(CUSTOMER, *service, options=options,
                          replace_overlapping=True, **grant)
        self.assertTrue(again.result.replayed)
        self.assertEqual(again.admin_relationship, first.admin_relationship)
        error = self.refused(CUSTOMER, *service, options=options, **grant)
        self.assertEqual(details(error)["ErrorInfo"].reason,
                         "REQUEST_ID_REUSED")

        self.assertEqual(self.check(FOREIGN, "configure_services"),
                         ("ACCESS_VERDICT_ALLOWED",
                          "ACCESS_REASON_BROAD_ADMINISTRATION"))
        self.assertEqual(self.check(PROVIDER, "configure_services"),
                         ("ACCESS_VERDICT_DENIED",
                          "ACCESS_REASON_SERVICE_NOT_IN_SCOPE"))
        self.assertEqual(self.check(PROVIDER, "order", service=""),
                         ("ACCESS_VERDICT_ALLOWED", "ACCESS_REASON_OWNER"))

    def test_5_malformed(self):
        error = self.refused("operators/test", "PartnerService",
                             "GetPartner", name="no name")
        self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
        found = details(error)
        self.assertEqual(found["ErrorInfo"].reason, "NAME_MALFORMED")
        self.assertEqual(found["BadRequest"].field_violations[0].field, "name")
        rpc = self.channel.unary_unary(
            "/partner.hierarchy.v1.PartnerService/GetPartner")
        with self.assertRaises(grpc.RpcError) as caught:
            rpc(b"", timeout=20)
        self.assertEqual(caught.exception.code(),
                         grpc.StatusCode.UNAUTHENTICATED)
        self.assertEqual(details(caught.exception)["ErrorInfo"].reason,
                         "IDENTITY_MISSING")

    def test_6_stream(self):
        module = MODULES["AccessService"]
        rpc = self.channel.unary_stream(
            "/partner.hierarchy.v1.AccessService/ListAdministeredCustomers",
            request_serializer=(module.ListAdministeredCustomersRequest
                                .SerializeToString),
            response_deserializer=(module.ListAdministeredCustomersResponse
                                   .FromString))
        customers = [
            item.customer
            for answer in rpc(
                module.ListAdministeredCustomersRequest(partner=FOREIGN),
                timeout=20, metadata=[("partner-principal", FOREIGN)])
            for item in answer.customers]
        self.assertEqual(customers, [CUSTOMER])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        protos = sorted(map(str, pathlib.Path(PROTO_DIR).rglob("*.proto")))
        subprocess.run([PROTOC, "-I", PROTO_DIR, "--python_out", work,
                        *protos], check=True)
        sys.path.insert(0, work)
        from partner.hierarchy.v1 import access_pb2
        from partner.hierarchy.v1 import access_service_pb2
        from partner.hierarchy.v1 import admin_relationship_service_pb2
        from partner.hierarchy.v1 import error_details_pb2
        from partner.hierarchy.v1 import invitation_service_pb2
        from partner.hierarchy.v1 import partner_service_pb2
        from partner.hierarchy.v1 import partnership_service_pb2
        MODULES = {
            "AccessService": access_service_pb2,
            "AdminRelationshipService": admin_relationship_service_pb2,
            "InvitationService": invitation_service_pb2,
            "PartnerService": partner_service_pb2,
            "PartnershipService": partnership_service_pb2,
        }
        server = Server(work)
        program = unittest.main(argv=sys.argv[:1], exit=False, verbosity=2,
                                failfast=True)
        status = server.stop()
        if not program.result.wasSuccessful():
            print(server.log.read_text(), file=sys.stderr)
        sys.exit(not program.result.wasSuccessful() or status != 0)
