/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "base/icam-uuid.h"

G_BEGIN_DECLS

/* Which encoding of a channel. The numbers stand in files and on sockets: never renumber. */
typedef enum
{
  ICAM_ROLE_MAIN = 0,
  ICAM_ROLE_SUB = 1,
} IcamRole;
#define ICAM_N_ROLES 2

/* The codecs that are stored. The numbers stand on sockets: never renumber. */
typedef enum
{
  ICAM_CODEC_NONE = 0,
  ICAM_CODEC_H264 = 1,
  ICAM_CODEC_H265 = 2,
  ICAM_CODEC_MJPEG = 3,
  ICAM_CODEC_AAC = 16,
  ICAM_CODEC_PCMU = 17,
  ICAM_CODEC_PCMA = 18,
  ICAM_CODEC_OPUS = 19,
} IcamCodec;

/* Why there is no recording for a while. Stored by name ("no-answer"), see icam_gap_cause_to_string(). */
typedef enum
{
  ICAM_GAP_UNKNOWN = 0,
  ICAM_GAP_CAMERA_SILENT,    /* connected, but sent nothing: hung */
  ICAM_GAP_CAMERA_GONE,      /* does not answer */
  ICAM_GAP_WRONG_PASSWORD,
  ICAM_GAP_OTHER_DEVICE,     /* another device answered at its address */
  ICAM_GAP_RECORDER_STOPPED, /* the service was ended on purpose */
  ICAM_GAP_RECORDER_KILLED,  /* found at the start: the last segment was open */
  ICAM_GAP_DISK_SLOW,        /* the writer's queue was full */
  ICAM_GAP_DISK_ERROR,       /* the folder could not be written */
  ICAM_GAP_DISK_FULL,
  ICAM_GAP_COMPUTER_ASLEEP,
  ICAM_GAP_PAUSED,           /* by the user */
  ICAM_GAP_BAD_DATA,         /* what came was no stream that could be stored */
  ICAM_GAP_KEYRING_LOCKED,
  ICAM_GAP_SCHEDULE,         /* not to be recorded at this hour */
  ICAM_GAP_CLOCK_STEPPED,    /* set ahead: this time never was */
  ICAM_GAP_NO_EVENT,         /* recorded only when something happens, and nothing did */
  ICAM_N_GAP_CAUSES,
} IcamGapCause;

/* When a camera is recorded. Stored by name, see icam_record_mode_to_string(). */
typedef enum
{
  ICAM_RECORD_ALWAYS = 0,
  ICAM_RECORD_EVENTS,   /* when something happens, and some seconds before and after */
  ICAM_RECORD_SCHEDULE, /* always in hours of the week; otherwise when something happens, or not */
  ICAM_RECORD_OFF,      /* it can be looked at only */
} IcamRecordMode;
#define ICAM_N_RECORD_MODES 4

/* Who a device turned out to be at the last connect. */
typedef enum
{
  ICAM_IDENTITY_UNKNOWN = 0,
  ICAM_IDENTITY_SAME = 1,
  ICAM_IDENTITY_OTHER = 2,
} IcamIdentity;

/* What happened, the more telling the later: of several at one time the last one names the event. Stored by name, see
 * icam_event_kind_to_string(). The first ICAM_N_SEEN_KINDS are seen in the picture and make one event together. */
typedef enum
{
  ICAM_EVENT_MOTION = 0,
  ICAM_EVENT_LINE_CROSSED,
  ICAM_EVENT_VEHICLE,
  ICAM_EVENT_ANIMAL,
  ICAM_EVENT_PERSON,
  ICAM_EVENT_FACE,
  ICAM_EVENT_PACKAGE,
  ICAM_EVENT_DOORBELL,
  ICAM_EVENT_TAMPER,
  ICAM_EVENT_DIGITAL_INPUT,
  ICAM_EVENT_SOUND,
  ICAM_N_EVENT_KINDS,
} IcamEventKind;
#define ICAM_N_SEEN_KINDS (ICAM_EVENT_PACKAGE + 1)

/* What an exported file is; stored nowhere, told by name. */
typedef enum
{
  ICAM_EXPORT_MATROSKA = 0,
  ICAM_EXPORT_MP4,
} IcamExportFormat;
#define ICAM_N_EXPORT_FORMATS 2

const char  *icam_role_to_string        (IcamRole role);
gboolean     icam_role_from_string      (const char *text,
                                         IcamRole   *role);
const char  *icam_record_mode_to_string (IcamRecordMode mode);
gboolean     icam_record_mode_from_string (const char     *text,
                                           IcamRecordMode *mode);
const char  *icam_codec_to_string       (IcamCodec codec);
IcamCodec    icam_codec_from_string     (const char *text);
gboolean     icam_codec_is_video        (IcamCodec codec);
const char  *icam_gap_cause_to_string   (IcamGapCause cause);
IcamGapCause icam_gap_cause_from_string (const char *text);
const char  *icam_identity_to_string    (IcamIdentity identity);
IcamIdentity icam_identity_from_string  (const char *text);
const char  *icam_event_kind_to_string  (IcamEventKind kind);
const char  *icam_export_format_to_string (IcamExportFormat format);
gboolean     icam_export_format_from_string (const char       *text,
                                         IcamExportFormat *format);
gboolean     icam_event_kind_from_string (const char    *text,
                                         IcamEventKind *kind);

G_END_DECLS
