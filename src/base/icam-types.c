/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-base"

#include "config.h"

#include "base/icam-types.h"

/* Names are what stands in the catalogue and on D-Bus: never rename. */
static const char *const role_names[ICAM_N_ROLES] = { "main", "sub" };

static const struct
{
  IcamCodec codec;
  const char *name;
} codec_names[] = {
  { ICAM_CODEC_H264, "h264" },
  { ICAM_CODEC_H265, "h265" },
  { ICAM_CODEC_MJPEG, "mjpeg" },
  { ICAM_CODEC_AAC, "aac" },
  { ICAM_CODEC_PCMU, "pcmu" },
  { ICAM_CODEC_PCMA, "pcma" },
  { ICAM_CODEC_OPUS, "opus" },
};

static const char *const gap_names[ICAM_N_GAP_CAUSES] = {
  [ICAM_GAP_UNKNOWN] = "unknown",
  [ICAM_GAP_CAMERA_SILENT] = "camera-silent",
  [ICAM_GAP_CAMERA_GONE] = "camera-gone",
  [ICAM_GAP_WRONG_PASSWORD] = "wrong-password",
  [ICAM_GAP_OTHER_DEVICE] = "other-device",
  [ICAM_GAP_RECORDER_STOPPED] = "recorder-stopped",
  [ICAM_GAP_RECORDER_KILLED] = "recorder-killed",
  [ICAM_GAP_DISK_SLOW] = "disk-slow",
  [ICAM_GAP_DISK_ERROR] = "disk-error",
  [ICAM_GAP_DISK_FULL] = "disk-full",
  [ICAM_GAP_COMPUTER_ASLEEP] = "computer-asleep",
  [ICAM_GAP_PAUSED] = "paused",
  [ICAM_GAP_BAD_DATA] = "bad-data",
  [ICAM_GAP_KEYRING_LOCKED] = "keyring-locked",
  [ICAM_GAP_SCHEDULE] = "schedule",
  [ICAM_GAP_CLOCK_STEPPED] = "clock-stepped",
  [ICAM_GAP_NO_EVENT] = "no-event",
};

static const char *const record_names[ICAM_N_RECORD_MODES] = {
  [ICAM_RECORD_ALWAYS] = "always",
  [ICAM_RECORD_EVENTS] = "events",
  [ICAM_RECORD_SCHEDULE] = "schedule",
  [ICAM_RECORD_OFF] = "off",
};

static const char *const event_names[ICAM_N_EVENT_KINDS] = {
  [ICAM_EVENT_MOTION] = "motion",
  [ICAM_EVENT_LINE_CROSSED] = "line-crossed",
  [ICAM_EVENT_VEHICLE] = "vehicle",
  [ICAM_EVENT_ANIMAL] = "animal",
  [ICAM_EVENT_PERSON] = "person",
  [ICAM_EVENT_FACE] = "face",
  [ICAM_EVENT_PACKAGE] = "package",
  [ICAM_EVENT_DOORBELL] = "doorbell",
  [ICAM_EVENT_TAMPER] = "tamper",
  [ICAM_EVENT_DIGITAL_INPUT] = "digital-input",
  [ICAM_EVENT_SOUND] = "sound",
};

static const char *const export_format_names[ICAM_N_EXPORT_FORMATS] = { "matroska", "mp4" };

static const char *const identity_names[] = { "unknown", "same", "other" };

/**
 * icam_role_to_string:
 * @role: a role
 *
 * Returns: (transfer none): "main" or "sub"
 */
const char *
icam_role_to_string (IcamRole role)
{
  g_return_val_if_fail ((guint) role < ICAM_N_ROLES, "main");

  return role_names[role];
}

/**
 * icam_role_from_string:
 * @text: (nullable): a role's name
 * @role: (out): the role; untouched when there is none of that name
 *
 * Returns: whether there is a role of that name
 */
gboolean
icam_role_from_string (const char *text,
                       IcamRole   *role)
{
  for (guint i = 0; i < ICAM_N_ROLES; i++)
    if (g_strcmp0 (text, role_names[i]) == 0)
      {
        *role = (IcamRole) i;
        return TRUE;
      }

  return FALSE;
}

/**
 * icam_codec_to_string:
 * @codec: a codec
 *
 * Returns: (transfer none): its name, "none" if it is none
 */
const char *
icam_codec_to_string (IcamCodec codec)
{
  for (guint i = 0; i < G_N_ELEMENTS (codec_names); i++)
    if (codec_names[i].codec == codec)
      return codec_names[i].name;

  return "none";
}

/**
 * icam_codec_from_string:
 * @text: (nullable): a codec's name
 *
 * Returns: the codec, or %ICAM_CODEC_NONE
 */
IcamCodec
icam_codec_from_string (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (codec_names); i++)
    if (g_strcmp0 (text, codec_names[i].name) == 0)
      return codec_names[i].codec;

  return ICAM_CODEC_NONE;
}

/**
 * icam_codec_is_video:
 * @codec: a codec
 *
 * Returns: whether it encodes pictures
 */
gboolean
icam_codec_is_video (IcamCodec codec)
{
  return codec >= ICAM_CODEC_H264 && codec <= ICAM_CODEC_MJPEG;
}

/**
 * icam_record_mode_to_string:
 * @mode: when a camera is recorded
 *
 * Returns: (transfer none): its frozen name
 */
const char *
icam_record_mode_to_string (IcamRecordMode mode)
{
  g_return_val_if_fail ((guint) mode < ICAM_N_RECORD_MODES, record_names[0]);

  return record_names[mode];
}

/**
 * icam_record_mode_from_string:
 * @text: (nullable): a frozen name
 * @mode: (out): the mode
 *
 * Returns: whether @text is one
 */
gboolean
icam_record_mode_from_string (const char *text, IcamRecordMode *mode)
{
  for (guint i = 0; i < ICAM_N_RECORD_MODES; i++)
    if (g_strcmp0 (text, record_names[i]) == 0)
      {
        *mode = (IcamRecordMode) i;
        return TRUE;
      }
  return FALSE;
}

/**
 * icam_gap_cause_to_string:
 * @cause: a cause
 *
 * Returns: (transfer none): its name
 */
const char *
icam_gap_cause_to_string (IcamGapCause cause)
{
  g_return_val_if_fail ((guint) cause < ICAM_N_GAP_CAUSES, "unknown");

  return gap_names[cause];
}

/**
 * icam_gap_cause_from_string:
 * @text: (nullable): a cause's name
 *
 * Returns: the cause, %ICAM_GAP_UNKNOWN if there is none of that name
 */
IcamGapCause
icam_gap_cause_from_string (const char *text)
{
  for (guint i = 0; i < ICAM_N_GAP_CAUSES; i++)
    if (g_strcmp0 (text, gap_names[i]) == 0)
      return (IcamGapCause) i;

  return ICAM_GAP_UNKNOWN;
}

/**
 * icam_identity_to_string:
 * @identity: a verdict
 *
 * Returns: (transfer none): "same", "other" or "unknown"
 */
const char *
icam_identity_to_string (IcamIdentity identity)
{
  g_return_val_if_fail ((guint) identity < G_N_ELEMENTS (identity_names), "unknown");

  return identity_names[identity];
}

/**
 * icam_identity_from_string:
 * @text: (nullable): a verdict's name
 *
 * Returns: the verdict, %ICAM_IDENTITY_UNKNOWN if there is none of that name
 */
IcamIdentity
icam_identity_from_string (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (identity_names); i++)
    if (g_strcmp0 (text, identity_names[i]) == 0)
      return (IcamIdentity) i;

  return ICAM_IDENTITY_UNKNOWN;
}

/**
 * icam_event_kind_to_string:
 * @kind: a kind
 *
 * Returns: (transfer none): its name
 */
const char *
icam_event_kind_to_string (IcamEventKind kind)
{
  g_return_val_if_fail ((guint) kind < ICAM_N_EVENT_KINDS, "motion");

  return event_names[kind];
}

/**
 * icam_event_kind_from_string:
 * @text: (nullable): a kind's name
 * @kind: (out): the kind; untouched when there is none of that name
 *
 * Returns: whether there is a kind of that name
 */
gboolean
icam_event_kind_from_string (const char    *text,
                             IcamEventKind *kind)
{
  for (guint i = 0; i < ICAM_N_EVENT_KINDS; i++)
    if (g_strcmp0 (text, event_names[i]) == 0)
      {
        *kind = (IcamEventKind) i;
        return TRUE;
      }

  return FALSE;
}

/**
 * icam_export_format_to_string:
 * @format: a format
 *
 * Returns: (transfer none): "matroska" or "mp4"
 */
const char *
icam_export_format_to_string (IcamExportFormat format)
{
  g_return_val_if_fail ((guint) format < ICAM_N_EXPORT_FORMATS, "matroska");

  return export_format_names[format];
}

/**
 * icam_export_format_from_string:
 * @text: (nullable): a format's name
 * @format: (out): the format; untouched when there is none of that name
 *
 * Returns: whether there is a format of that name
 */
gboolean
icam_export_format_from_string (const char       *text,
                                IcamExportFormat *format)
{
  for (guint i = 0; i < ICAM_N_EXPORT_FORMATS; i++)
    if (g_strcmp0 (text, export_format_names[i]) == 0)
      {
        *format = (IcamExportFormat) i;
        return TRUE;
      }

  return FALSE;
}
