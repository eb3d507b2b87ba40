/** Sizes of the fixed buffers. Change them for the whole build with -D, never in one file alone. */
#pragma once

#ifndef CONNACK_MAX_CLIENT_ID
#define CONNACK_MAX_CLIENT_ID 128
#endif
#ifndef CONNACK_MAX_USERNAME
#define CONNACK_MAX_USERNAME 128
#endif
/** Characters of a token: 291 for the usual sensor, 1500 for one with an `acl` claim. */
#ifndef CONNACK_MAX_PASSWORD
#define CONNACK_MAX_PASSWORD 1600
#endif
/** Bytes of topic and payload of one message from the broker; larger ones are skipped and counted. */
#ifndef CONNACK_MAX_INBOUND
#define CONNACK_MAX_INBOUND 512
#endif
/** Bytes of topics, payloads and 8 more per message that wait for their acknowledgement. */
#ifndef CONNACK_QUEUE_BYTES
#define CONNACK_QUEUE_BYTES 1536
#endif
#if CONNACK_QUEUE_BYTES < 1024
#error "CONNACK_QUEUE_BYTES: the message that tells the last failures takes up to 900"
#endif
/** Messages that are sent and not yet acknowledged. */
#ifndef CONNACK_MAX_IN_FLIGHT
#define CONNACK_MAX_IN_FLIGHT 8
#endif
/** Connections on which one message is tried: a broker that cuts the connection for it would never get another one. */
#ifndef CONNACK_MAX_SENDS
#define CONNACK_MAX_SENDS 10
#endif
/** Bytes of a token endpoint's answer. */
#ifndef CONNACK_MAX_HTTP_ANSWER
#define CONNACK_MAX_HTTP_ANSWER 2560
#endif
/** Bytes of an HTTP answer that are read at once, on the stack. */
#ifndef CONNACK_READ_BYTES
#define CONNACK_READ_BYTES 256
#endif
/** Bytes that are handed to the wire at once, on the stack. */
#ifndef CONNACK_WRITE_BYTES
#define CONNACK_WRITE_BYTES 256
#endif
