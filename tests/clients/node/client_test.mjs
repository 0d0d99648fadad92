// @grpc/grpc-js as a client: nothing of ours but the .proto files. Starts the
// real server with a temporary store.
//
// usage: node client_test.mjs PARTNERD PROTO_DIR

import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {mkdtempSync, openSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';

const [partnerd, protoDir] = process.argv.slice(2);
const GLOBAL = 'programs/global';
const PROVIDER = `${GLOBAL}/partners/contoso`;
const RESELLER = `${GLOBAL}/partners/fabrikam`;
const FOREIGN = `${GLOBAL}/partners/northwind`;
const CUSTOMER = `${GLOBAL}/customers/adatum`;
const EXCHANGE = `${GLOBAL}/services/exchange-online`;
const TYPE_URL = 'type.googleapis.com/google.rpc.';

const PACKAGE_DIR = 'partner/hierarchy/v1';
const definition = protoLoader.loadSync(
    readdirSync(join(protoDir, PACKAGE_DIR))
        .map((name) => join(PACKAGE_DIR, name)),
    {
      includeDirs: [protoDir],
      keepCase: true,
      enums: String,
      longs: Number,
      defaults: true,
    });
const v1 = grpc.loadPackageDefinition(definition).partner.hierarchy.v1;

const steps = [];

function step(name, run) {
  steps.push({name, run});
}

// A message of the package from its bytes.
function decode(type, bytes) {
  return definition[`partner.hierarchy.v1.${type}`].deserialize(bytes);
}

// Starts partnerd on a free port; resolves when it serves.
async function start(work) {
  const server = spawn(
      partnerd,
      [
        '--listen=127.0.0.1:0', '--identity=development',
        `--data-dir=${join(work, 'data')}`, '--create'
      ],
      {stdio: ['ignore', 'pipe', openSync(join(work, 'log'), 'w')]});
  const [line] = await Promise.race([
    once(createInterface(server.stdout), 'line'),
    once(server, 'exit').then(() => assert.fail('partnerd ended')),
  ]);
  return {server, address: JSON.parse(line).addresses[0]};
}

const work = mkdtempSync(join(tmpdir(), 'partner-node-'));
const {server, address} = await start(work);
const clients = {};

// Calls a unary method; mutations get a request id when they have none.
function call(principal, service, method, request) {
  clients[service] ??=
      new v1[service](address, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  if (principal) metadata.set('partner-principal', principal);
  if (principal.includes('/customers/')) {
    metadata.set('partner-customer-admin', 'true');
  }
  const fields = v1[service].service[method].requestType.type.field;
  if (fields.some((field) => field.name === 'options')) {
    request = {options: {request_id: randomUUID()}, ...request};
  }
  return new Promise((resolve, reject) => {
    clients[service][method](
        request, metadata, {deadline: Date.now() + 20_000},
        (error, answer) => error ? reject(error) : resolve(answer));
  });
}

// Expects a refusal with this code and reason; returns its details by type.
async function refused(code, reason, ...args) {
  const error = await call(...args).then(
      () => assert.fail('the call was accepted'), (error) => error);
  assert.equal(grpc.status[error.code], code, error.message);
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const status = decode('Status', bytes);
  assert.equal(status.code, error.code);
  const details = {};
  for (const packed of status.details) {
    assert.ok(packed.type_url.startsWith(TYPE_URL), packed.type_url);
    const type = packed.type_url.slice(TYPE_URL.length);
    details[type] = decode(type, packed.value);
  }
  assert.equal(details.ErrorInfo.reason, reason);
  assert.equal(details.ErrorInfo.domain, 'partner.hierarchy.v1');
  return details;
}

async function check(partner, permission, service = EXCHANGE) {
  const {decision} = await call(partner, 'AccessService', 'CheckAccess', {
    query: {partner, permission, customer: CUSTOMER, service},
  });
  return [decision.verdict, decision.reason];
}

step('partners and their partnership', async () => {
  const partners = [
    [PROVIDER, 'INDIRECT_PROVIDER'],
    [RESELLER, 'INDIRECT_RESELLER'],
    [FOREIGN, 'INDIRECT_RESELLER'],
  ];
  for (const [name, type] of partners) {
    const {partner} =
        await call('operators/test', 'PartnerService', 'CreatePartner', {
          parent: GLOBAL,
          partner_id: name.split('/').at(-1),
          partner:
              {display_name: name, country: 'DE', tenant_id: randomUUID()},
          enrollments: [`ENROLLMENT_TYPE_${type}`],
        });
    assert.equal(partner.name, name);
  }
  const asked =
      await call(PROVIDER, 'PartnershipService', 'CreatePartnership', {
        parent: GLOBAL,
        reseller: RESELLER,
      });
  const {partnership} =
      await call(RESELLER, 'PartnershipService', 'AcceptPartnership', {
        name: asked.partnership.name,
      });
  assert.equal(partnership.state, 'PARTNERSHIP_STATE_ACTIVE');
});

step('a reseller cannot invite', async () => {
  const details = await refused(
      'PERMISSION_DENIED', 'RESELLER_CANNOT_INVITE', RESELLER,
      'InvitationService', 'CreateInvitation', {
        parent: RESELLER,
        invitation: {audience: 'INVITATION_AUDIENCE_DIRECT_ONLY'},
      });
  assert.ok(details.ErrorInfo.metadata.providers.includes(PROVIDER));
});

step('invite, forward, accept', async () => {
  const {invitation} =
      await call(PROVIDER, 'InvitationService', 'CreateInvitation', {
        parent: PROVIDER,
        invitation: {audience: 'INVITATION_AUDIENCE_ALL_ACTIVE_RESELLERS'},
      });
  await refused(
      'PERMISSION_DENIED', 'NOT_ISSUERS_RESELLER', FOREIGN,
      'InvitationService', 'ForwardInvitation',
      {parent: GLOBAL, token: invitation.token});
  const {forward} =
      await call(RESELLER, 'InvitationService', 'ForwardInvitation', {
        name: invitation.name,
      });
  const accepted =
      await call(CUSTOMER, 'InvitationService', 'AcceptInvitation', {
        parent: GLOBAL,
        token: forward.token,
        new_customer: {
          display_name: 'Adatum',
          domain: 'adatum.example',
          country: 'DE',
          tenant_id: randomUUID(),
        },
      });
  assert.equal(accepted.customer.name, CUSTOMER);
  assert.equal(accepted.reseller_relationship.owner, PROVIDER);
  assert.equal(accepted.admin_relationship.delegate, PROVIDER);
});

step('grant, replay and check', async () => {
  const service = ['AdminRelationshipService', 'GrantAdminRelationship'];
  const grant = {
    parent: CUSTOMER,
    delegate: FOREIGN,
    duties: ['ADMIN_DUTY_PROVISIONING', 'ADMIN_DUTY_SUPPORT'],
    scope: {services: [EXCHANGE]},
  };
  const details = await refused(
      'FAILED_PRECONDITION', 'SERVICE_ALREADY_DELEGATED', CUSTOMER, ...service,
      grant);
  assert.ok(details.PreconditionFailure.violations.length > 0);

  const options = {request_id: randomUUID()};
  const replacing = {...grant, options, replace_overlapping: true};
  const first = await call(CUSTOMER, ...service, replacing);
  assert.equal(first.result.replayed, false);
  const again = await call(CUSTOMER, ...service, replacing);
  assert.equal(again.result.replayed, true);
  assert.deepEqual(again.admin_relationship, first.admin_relationship);
  await refused(
      'INVALID_ARGUMENT', 'REQUEST_ID_REUSED', CUSTOMER, ...service,
      {...grant, options});

  assert.deepEqual(
      await check(FOREIGN, 'configure_services'),
      ['ACCESS_VERDICT_ALLOWED', 'ACCESS_REASON_BROAD_ADMINISTRATION']);
  assert.deepEqual(
      await check(PROVIDER, 'configure_services'),
      ['ACCESS_VERDICT_DENIED', 'ACCESS_REASON_SERVICE_NOT_IN_SCOPE']);
  assert.deepEqual(
      await check(PROVIDER, 'order', ''),
      ['ACCESS_VERDICT_ALLOWED', 'ACCESS_REASON_OWNER']);
});

step('malformed calls', async () => {
  const details = await refused(
      'INVALID_ARGUMENT', 'NAME_MALFORMED', 'operators/test', 'PartnerService',
      'GetPartner', {name: 'no name'});
  assert.equal(details.BadRequest.field_violations[0].field, 'name');
  await refused(
      'UNAUTHENTICATED', 'IDENTITY_MISSING', '', 'PartnerService',
      'GetPartner', {name: PROVIDER});
});

step('a stream', async () => {
  const metadata = new grpc.Metadata();
  metadata.set('partner-principal', FOREIGN);
  const stream = clients.AccessService.ListAdministeredCustomers(
      {partner: FOREIGN}, metadata, {deadline: Date.now() + 20_000});
  const customers = [];
  for await (const answer of stream) {
    customers.push(...answer.customers.map((item) => item.customer));
  }
  assert.deepEqual(customers, [CUSTOMER]);
});

try {
  for (const {name, run} of steps) {
    await run();
    console.log(`ok ${name}`);
  }
} catch (error) {
  console.error(error);
  console.error(readFileSync(join(work, 'log'), 'utf8'));
  process.exitCode = 1;
}
for (const client of Object.values(clients)) client.close();
const ended = once(server, 'exit');
server.kill('SIGTERM');
const [code] = await ended;
rmSync(work, {recursive: true});
assert.equal(code, 0, 'partnerd ends cleanly');
