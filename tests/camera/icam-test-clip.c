/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-clip.h"

#include <gio/gio.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <string.h>
#include <zlib.h>

/* Change it whenever pictures or encoder settings change: it is part of the name in the cache. */
#define CACHE_VERSION "7"
#define CACHE_MAGIC "ICAMCLP1"
#define FOOTAGE_MAX_SECONDS 60

/* A raw access unit as the encoder made it, with start codes. */
typedef struct
{
  GBytes *bytes;
  gboolean actor;
} RawUnit;

static void
raw_unit_clear (RawUnit *self)
{
  g_clear_pointer (&self->bytes, g_bytes_unref);
}

static GMutex clips_lock;
static GCond clips_cond;
static GHashTable *clips; /* key → IcamTestClip, or a GError tagged below; under clips_lock */
static GHashTable *clips_pending;

static guint
rate_of (const IcamTestClipSpec *spec)
{
  return spec->rate > 0 ? spec->rate : ICAM_TEST_FPS;
}

/* Whether picture @index is in a clip of so many pictures a second: evenly in each group, its first one always. */
static gboolean
is_in (guint rate, guint index)
{
  const guint at = index % ICAM_TEST_GOP;

  return at == 0 || at * rate / ICAM_TEST_FPS != (at - 1) * rate / ICAM_TEST_FPS;
}

static char *
spec_key (const IcamTestClipSpec *spec)
{
  g_autofree char *text = NULL;
  goffset size = 0;
  guint64 mtime = 0;

  if (spec->footage)
    {
      g_autoptr (GFile) file = g_file_new_for_path (spec->footage);
      g_autoptr (GFileInfo) info
        = g_file_query_info (file, "standard::size,time::modified", G_FILE_QUERY_INFO_NONE, NULL, NULL);

      if (info)
        {
          size = g_file_info_get_size (info);
          mtime = g_file_info_get_attribute_uint64 (info, "time::modified");
        }
    }
  text = g_strdup_printf (CACHE_VERSION " %d %u %ux%u %s %" G_GOFFSET_FORMAT " %" G_GUINT64_FORMAT,
                          spec->codec, spec->footage ? 0 : spec->scene, spec->width, spec->height,
                          spec->footage ? spec->footage : "", size, mtime);
  if (rate_of (spec) != ICAM_TEST_FPS)
    {
      char *more = g_strdup_printf ("%s @%u", text, spec->rate);

      g_free (text);
      text = more;
    }
  if (spec->plain)
    {
      g_autofree char *more = g_strconcat (text, " plain", NULL);

      return g_compute_checksum_for_string (G_CHECKSUM_SHA256, more, -1);
    }
  if (spec->codec == ICAM_TEST_CODEC_H265)
    {
      g_autofree char *more
        = g_strdup_printf ("%s %u %u %u %u", text, spec->code.device, spec->code.generation,
                           spec->code.channel, spec->code.stream);

      return g_compute_checksum_for_string (G_CHECKSUM_SHA256, more, -1);
    }
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

/* Where the raw pictures come from: a scene or a file. */
typedef struct
{
  const IcamTestClipSpec *spec;
  IcamTestScene *scene;
  GstElement *decoder;
  GstElement *decoder_sink;
  guint content_height;
  guint top;
} PictureSource;

/* How tall the strip above the scene is. */
static guint
strip_height (const IcamTestClipSpec *spec)
{
  return spec->plain ? 0 : ICAM_TEST_STRIP_HEIGHT;
}

static gboolean
picture_source_open (PictureSource *self, const IcamTestClipSpec *spec, GError **error)
{
  g_autoptr (GstElement) source = NULL;
  g_autofree char *description = NULL;

  self->spec = spec;
  self->content_height = spec->height - strip_height (spec);
  self->top = spec->codec == ICAM_TEST_CODEC_H264 ? 0 : strip_height (spec);
  if (!spec->footage)
    {
      self->scene = icam_test_scene_new (spec->scene, spec->width, self->content_height);
      return TRUE;
    }

  description = g_strdup_printf (
    "filesrc name=file ! decodebin ! videoconvert ! videorate ! videoscale add-borders=true ! "
    "video/x-raw,format=I420,width=%u,height=%u,framerate=%d/1,pixel-aspect-ratio=1/1 ! "
    "appsink name=sink sync=false max-buffers=4",
    spec->width, self->content_height, ICAM_TEST_FPS);
  self->decoder = gst_parse_launch (description, error);
  if (!self->decoder)
    return FALSE;
  source = gst_bin_get_by_name (GST_BIN (self->decoder), "file");
  g_object_set (source, "location", spec->footage, NULL);
  self->decoder_sink = gst_bin_get_by_name (GST_BIN (self->decoder), "sink");
  gst_element_set_state (self->decoder, GST_STATE_PLAYING);
  return TRUE;
}

static void
picture_source_close (PictureSource *self)
{
  g_clear_pointer (&self->scene, icam_test_scene_free);
  if (self->decoder)
    gst_element_set_state (self->decoder, GST_STATE_NULL);
  g_clear_object (&self->decoder_sink);
  g_clear_object (&self->decoder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PictureSource, picture_source_close)

/* Draws picture @index; FALSE at the end. */
static gboolean
picture_source_next (PictureSource *self, guint index, guint8 *buffer, gboolean *actor)
{
  const guint width = self->spec->width;
  const guint height = self->spec->height - (self->top ? 0 : strip_height (self->spec));
  const gsize luma = (gsize) width * height;
  guint8 *base[3] = { buffer, buffer + luma, buffer + luma + luma / 4 };
  gsize strides[3] = { width, width / 2, width / 2 };
  guint8 *planes[3] = { base[0] + (gsize) self->top * width,
                        base[1] + (gsize) self->top / 2 * width / 2,
                        base[2] + (gsize) self->top / 2 * width / 2 };

  *actor = FALSE;
  memset (base[1], 128, luma / 2);
  if (self->scene)
    {
      const guint quiet = ICAM_TEST_QUIET_GOPS * ICAM_TEST_GOP;
      const guint visit_length = ICAM_TEST_VISIT_GOPS * ICAM_TEST_GOP;
      int visit = -1;
      double progress = 0, seconds = 0;

      if (index >= quiet + ICAM_TEST_N_VISITS * visit_length)
        return FALSE;
      if (index >= quiet)
        {
          guint at = (index - quiet) % visit_length;

          /* Half a second of quiet before and after, so that the groups join unseen. */
          visit = (int) ((index - quiet) / visit_length);
          seconds = (double) at / ICAM_TEST_FPS;
          progress = (seconds - 0.5) / (ICAM_TEST_VISIT_GOPS * 2 - 1.0);
        }
      *actor = icam_test_scene_render (self->scene, visit, progress, seconds, index + 1, planes,
                                       strides);
    }
  else
    {
      g_autoptr (GstSample) sample = NULL;
      GstMapInfo map;
      const guint w = width, h = self->content_height;

      if (index >= FOOTAGE_MAX_SECONDS * ICAM_TEST_FPS)
        return FALSE;
      sample = gst_app_sink_try_pull_sample (GST_APP_SINK (self->decoder_sink), 20 * GST_SECOND);
      if (!sample || !gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ))
        return FALSE;
      /* The layout of GstVideoInfo: strides rounded up to four, plane heights to two. */
      if (map.size >= (gsize) w * h * 3 / 2)
        {
          gsize chroma_stride = GST_ROUND_UP_4 (w / 2);
          gsize u = GST_ROUND_UP_4 (w) * GST_ROUND_UP_2 (h);
          gsize v = u + chroma_stride * (GST_ROUND_UP_2 (h) / 2);

          for (guint y = 0; y < h; y++)
            memcpy (planes[0] + y * strides[0], map.data + y * GST_ROUND_UP_4 (w), w);
          for (guint y = 0; y < h / 2; y++)
            {
              memcpy (planes[1] + y * strides[1], map.data + u + y * chroma_stride, w / 2);
              memcpy (planes[2] + y * strides[2], map.data + v + y * chroma_stride, w / 2);
            }
        }
      gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
    }

  if (self->top)
    {
      IcamTestCode code = self->spec->code;

      code.counter = index;
      code.utc_us = 0;
      code.flags = ICAM_TEST_CODE_LOOP | (*actor ? ICAM_TEST_CODE_ACTOR : 0);
      icam_test_code_draw (base[0], strides[0], width, &code);
    }
  return TRUE;
}

/* Those that are left out have no bytes. */
static void
put_absent (GArray *units, GByteArray *actors, guint rate)
{
  while (units->len < actors->len && !is_in (rate, units->len))
    {
      RawUnit unit = { g_bytes_new (NULL, 0), actors->data[units->len] };

      g_array_append_val (units, unit);
    }
}

/* Encodes the whole clip. */
static GArray *
encode (const IcamTestClipSpec *spec, GError **error)
{
  g_auto (PictureSource) pictures = { 0 };
  g_autoptr (GArray) units = g_array_new (FALSE, FALSE, sizeof (RawUnit));
  g_autoptr (GByteArray) actors = g_byte_array_new ();
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstCaps) caps = NULL;
  g_autofree char *description = NULL;
  g_autofree char *encoder = NULL;
  const guint rate = rate_of (spec), gop = ICAM_TEST_GOP * rate / ICAM_TEST_FPS;
  guint height, n = 0, n_in = 0;

  g_array_set_clear_func (units, (GDestroyNotify) raw_unit_clear);
  if (!picture_source_open (&pictures, spec, error))
    return NULL;
  height = spec->height - (spec->codec == ICAM_TEST_CODEC_H264 ? strip_height (spec) : 0);

  /*
   * The strip needs plain slices: CAVLC, one slice a picture, no weighted prediction. The quantiser
   * makes about 2 Mb/s of the main stream and a fifth of that of the sub stream.
   */
  if (spec->codec == ICAM_TEST_CODEC_H264)
    encoder = g_strdup_printf (
      "x264enc pass=qual quantizer=%d bitrate=%d speed-preset=ultrafast bframes=0 threads=1 "
      "sliced-threads=false rc-lookahead=0 key-int-max=%d byte-stream=true aud=false "
      "option-string=scenecut=0:cabac=0:weightp=0:8x8dct=0:force-cfr=1 ! "
      "video/x-h264,stream-format=byte-stream,alignment=au",
      spec->width > 640 ? 21 : 23, spec->width > 640 ? 2048 : 400, gop);
  else
    encoder = g_strdup_printf (
      "x265enc speed-preset=ultrafast key-int-max=%d qp=27 option-string=scenecut=0:"
      "open-gop=0:bframes=0:keyint=%d:min-keyint=%d:repeat-headers=1:info=0:pools=1:"
      "frame-threads=1:log-level=error ! "
      "video/x-h265,stream-format=byte-stream,alignment=au",
      gop, gop, gop);
  description = g_strdup_printf ("appsrc name=source format=time block=true max-buffers=4 ! %s ! "
                                 "appsink name=sink sync=false max-buffers=0",
                                 encoder);
  pipeline = gst_parse_launch (description, error);
  if (!pipeline)
    return NULL;
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  caps = gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, "I420", "width", G_TYPE_INT,
                              (int) spec->width, "height", G_TYPE_INT, (int) height, "framerate",
                              GST_TYPE_FRACTION, (int) rate, 1, "interlace-mode", G_TYPE_STRING,
                              "progressive", "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, NULL);
  g_object_set (source, "caps", caps, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);

  for (;; n++)
    {
      gsize size = (gsize) spec->width * height * 3 / 2;
      g_autoptr (GstBuffer) buffer = gst_buffer_new_allocate (NULL, size, NULL);
      GstMapInfo map;
      gboolean actor, more;
      guint8 flag;

      gst_buffer_map (buffer, &map, GST_MAP_WRITE);
      more = picture_source_next (&pictures, n, map.data, &actor);
      gst_buffer_unmap (buffer, &map);
      if (!more)
        break;
      flag = (guint8) actor;
      g_byte_array_append (actors, &flag, 1);
      if (!is_in (rate, n))
        continue;
      GST_BUFFER_PTS (buffer) = gst_util_uint64_scale (n_in++, GST_SECOND, rate);
      GST_BUFFER_DURATION (buffer) = GST_SECOND / rate;
      if (gst_app_src_push_buffer (GST_APP_SRC (source), g_steal_pointer (&buffer)) != GST_FLOW_OK)
        break;
    }
  gst_app_src_end_of_stream (GST_APP_SRC (source));

  for (;;)
    {
      g_autoptr (GstSample) sample
        = gst_app_sink_try_pull_sample (GST_APP_SINK (sink), 60 * GST_SECOND);
      RawUnit unit = { 0 };
      GstMapInfo map;

      if (!sample)
        break;
      if (!gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ))
        break;
      put_absent (units, actors, rate);
      unit.bytes = g_bytes_new (map.data, map.size);
      unit.actor = units->len < actors->len && actors->data[units->len];
      gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
      g_array_append_val (units, unit);
    }
  put_absent (units, actors, rate);
  gst_element_set_state (pipeline, GST_STATE_NULL);

  if (units->len < n || n < ICAM_TEST_GOP)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "Encoding %s made %u pictures of %u; is the encoder there "
                   "(gstreamer1.0-plugins-ugly, -bad), and the footage long enough?",
                   spec->footage ? spec->footage : icam_test_scene_name (spec->scene), units->len,
                   n);
      return NULL;
    }
  g_array_set_size (units, n - n % ICAM_TEST_GOP);
  return g_steal_pointer (&units);
}

static GArray *
cache_load (const char *path)
{
  g_autoptr (GMappedFile) mapped = g_mapped_file_new (path, FALSE, NULL);
  g_autoptr (GArray) units = NULL;
  const guint8 *data;
  gsize size, at = sizeof CACHE_MAGIC - 1;

  if (!mapped)
    return NULL;
  data = (const guint8 *) g_mapped_file_get_contents (mapped);
  size = g_mapped_file_get_length (mapped);
  if (size < at || memcmp (data, CACHE_MAGIC, at) != 0)
    return NULL;

  units = g_array_new (FALSE, FALSE, sizeof (RawUnit));
  g_array_set_clear_func (units, (GDestroyNotify) raw_unit_clear);
  while (at + 5 <= size)
    {
      guint32 length;
      RawUnit unit;

      memcpy (&length, data + at, 4);
      unit.actor = data[at + 4];
      at += 5;
      if (length > size - at)
        return NULL;
      unit.bytes = g_bytes_new (data + at, length);
      at += length;
      g_array_append_val (units, unit);
    }
  if (units->len < ICAM_TEST_GOP)
    return NULL;
  return g_steal_pointer (&units);
}

static void
cache_store (const char *path, GArray *units)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_byte_array_append (bytes, (const guint8 *) CACHE_MAGIC, sizeof CACHE_MAGIC - 1);
  for (guint i = 0; i < units->len; i++)
    {
      RawUnit *unit = &g_array_index (units, RawUnit, i);
      gsize size;
      const guint8 *data = g_bytes_get_data (unit->bytes, &size);
      guint32 length = (guint32) size;
      guint8 actor = (guint8) unit->actor;

      g_byte_array_append (bytes, (const guint8 *) &length, 4);
      g_byte_array_append (bytes, &actor, 1);
      g_byte_array_append (bytes, data, length);
    }
  g_mkdir_with_parents (folder, 0700);
  if (!g_file_set_contents (path, (const char *) bytes->data, bytes->len, &error))
    g_info ("The encoded pictures could not be kept: %s", error->message);
}

/* Calls @visit for each NAL unit of a byte stream. */
static gboolean
for_each_unit (const guint8 *data,
               gsize size,
               gboolean (*visit) (const guint8 *nal, gsize size, gpointer user_data),
               gpointer user_data)
{
  gsize start = 0;
  gboolean inside = FALSE;

  for (gsize i = 0; i <= size; i++)
    {
      gboolean code = i + 3 <= size && data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1;

      if (!code && i < size)
        continue;
      if (inside)
        {
          gsize end = i;

          while (end > start && data[end - 1] == 0)
            end--;
          if (end > start && !visit (data + start, end - start, user_data))
            return FALSE;
        }
      if (!code)
        break;
      start = i + 3;
      inside = TRUE;
      i += 2;
    }
  return TRUE;
}

static void
put_unit (GByteArray *to, const guint8 *nal, gsize size, gboolean start_code)
{
  guint8 head[4] = { 0, 0, 0, 1 };

  if (!start_code)
    for (int i = 0; i < 4; i++)
      head[i] = (guint8) (size >> (24 - 8 * i));
  g_byte_array_append (to, head, 4);
  g_byte_array_append (to, nal, (guint) size);
}

typedef struct
{
  IcamTestClip *clip;
  IcamTestClipFrame *frame;
  guint rows; /* of macroblocks, of the strip */
  GByteArray *sets;
  GByteArray *units;
  guint8 sps[128];
  gsize sps_size;
  gboolean ready;
  guint slices;
} Preparation;

static gboolean
prepare_h264 (const guint8 *nal, gsize size, gpointer user_data)
{
  Preparation *p = user_data;
  IcamTestStripParameters *parameters = &p->clip->parameters;

  switch (nal[0] & 0x1f)
    {
    case 7:
      if (size > sizeof p->sps)
        return FALSE;
      memcpy (p->sps, nal, size);
      p->sps_size = size;
      return TRUE;
    case 8:
      if (!p->ready)
        {
          if (!icam_test_strip_parse_parameters (parameters, p->rows, p->sps, p->sps_size, nal,
                                                 size))
            return FALSE;
          p->ready = TRUE;
          put_unit (p->sets, parameters->sps, parameters->sps_size, FALSE);
          put_unit (p->sets, parameters->pps, parameters->pps_size, FALSE);
        }
      return TRUE;
    case 1:
    case 5:
      p->slices++;
      if (!p->ready || p->slices > 1
          || !icam_test_strip_prepare (parameters, nal, size, &p->frame->strip))
        return FALSE;
      p->frame->key = p->frame->strip.key;
      return TRUE;
    default:
      return TRUE; /* the encoder's own SEI */
    }
}

static gboolean
prepare_h265 (const guint8 *nal, gsize size, gpointer user_data)
{
  Preparation *p = user_data;
  guint type = (nal[0] >> 1) & 0x3f;

  if (type >= 32 && type <= 34)
    {
      if (!p->ready)
        put_unit (p->sets, nal, size, TRUE);
    }
  else if (type < 32)
    {
      put_unit (p->units, nal, size, TRUE);
      p->frame->key = p->frame->key || (type >= 16 && type <= 21);
      p->frame->crc = crc32 (p->frame->crc, nal, (uInt) size);
      p->slices++;
    }
  return TRUE;
}

static char *
h264_caps (const IcamTestClip *self)
{
  const IcamTestStripParameters *p = &self->parameters;
  g_autoptr (GString) text = g_string_new (NULL);
  const guint8 head[6] = { 1, p->sps[1], p->sps[2], p->sps[3], 0xff, 0xe1 };

  /* ISO/IEC 14496-15, 5.3.3.1: the decoder configuration record, lengths of four bytes. */
  g_string_append_printf (text,
                          "video/x-h264,stream-format=avc,alignment=au,width=%u,height=%u,"
                          "framerate=%u/1,codec_data=(buffer)",
                          self->width, self->height, self->rate);
  for (gsize i = 0; i < sizeof head; i++)
    g_string_append_printf (text, "%02x", head[i]);
  g_string_append_printf (text, "%04x", (guint) p->sps_size);
  for (gsize i = 0; i < p->sps_size; i++)
    g_string_append_printf (text, "%02x", p->sps[i]);
  g_string_append_printf (text, "01%04x", (guint) p->pps_size);
  for (gsize i = 0; i < p->pps_size; i++)
    g_string_append_printf (text, "%02x", p->pps[i]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static IcamTestClip *
prepare (const IcamTestClipSpec *spec, GArray *units, GError **error)
{
  IcamTestClip *self = g_new0 (IcamTestClip, 1);
  Preparation p = { 0 };

  p.clip = self;
  p.rows = spec->plain ? 0 : 1;
  p.sets = g_byte_array_new ();
  self->codec = spec->codec;
  self->width = spec->width;
  self->height = spec->height;
  self->rate = rate_of (spec);
  self->n_frames = units->len;
  self->has_visits = !spec->footage;
  self->n_quiet_gops = spec->footage ? units->len / ICAM_TEST_GOP : ICAM_TEST_QUIET_GOPS;
  self->frames = g_new0 (IcamTestClipFrame, units->len);

  for (guint i = 0; i < units->len; i++)
    {
      RawUnit *unit = &g_array_index (units, RawUnit, i);
      gsize size;
      const guint8 *data = g_bytes_get_data (unit->bytes, &size);
      IcamTestClipFrame *frame = &self->frames[i];
      gboolean fine;

      p.frame = frame;
      p.slices = 0;
      frame->actor = unit->actor;
      frame->absent = size == 0;
      if (frame->absent)
        continue;
      if (spec->codec == ICAM_TEST_CODEC_H264)
        fine = for_each_unit (data, size, prepare_h264, &p);
      else
        {
          p.units = g_byte_array_new ();
          fine = for_each_unit (data, size, prepare_h265, &p);
          p.ready = TRUE;
          frame->units_size = p.units->len;
          frame->units = g_byte_array_free (p.units, FALSE);
        }
      if (!fine || p.slices == 0 || frame->key != (i % ICAM_TEST_GOP == 0))
        {
          /* Leaks the clip: the program ends with this error. */
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       "Picture %u as encoded is not what the test camera can send", i);
          g_byte_array_unref (p.sets);
          return NULL;
        }
    }
  self->parameter_sets_size = p.sets->len;
  self->parameter_sets = g_byte_array_free (p.sets, FALSE);
  self->caps = spec->codec == ICAM_TEST_CODEC_H264
                 ? h264_caps (self)
                 : g_strdup_printf ("video/x-h265,stream-format=byte-stream,alignment=au,width=%u,"
                                    "height=%u,framerate=%u/1",
                                    self->width, self->height, self->rate);
  return self;
}

/**
 * icam_test_clip_get:
 * @spec: what is wanted
 * @error: return location for a #GError
 *
 * Gets a clip from memory, from the cache, or by encoding it, which takes some seconds of CPU. May
 * be called from several threads.
 *
 * Returns: (transfer none): the clip, which lives as long as the process; or %NULL.
 */
IcamTestClip *
icam_test_clip_get (const IcamTestClipSpec *spec, GError **error)
{
  g_autofree char *key = spec_key (spec);
  g_autofree char *name = g_strconcat (key, ".clip", NULL);
  g_autofree char *path
    = g_build_filename (g_get_user_cache_dir (), "incamera-test-camera", name, NULL);
  g_autoptr (GArray) units = NULL;
  IcamTestClip *clip;

  g_mutex_lock (&clips_lock);
  if (!clips)
    {
      clips = g_hash_table_new (g_str_hash, g_str_equal);
      clips_pending = g_hash_table_new (g_str_hash, g_str_equal);
    }
  while (!(clip = g_hash_table_lookup (clips, key)) && g_hash_table_contains (clips_pending, key))
    g_cond_wait (&clips_cond, &clips_lock);
  if (clip)
    {
      g_mutex_unlock (&clips_lock);
      return clip;
    }
  g_hash_table_add (clips_pending, key);
  g_mutex_unlock (&clips_lock);

  units = cache_load (path);
  if (!units)
    {
      units = encode (spec, error);
      if (units)
        cache_store (path, units);
    }
  if (units)
    clip = prepare (spec, units, error);

  g_mutex_lock (&clips_lock);
  g_hash_table_remove (clips_pending, key);
  if (clip)
    g_hash_table_insert (clips, g_steal_pointer (&key), clip);
  g_cond_broadcast (&clips_cond);
  g_mutex_unlock (&clips_lock);
  return clip;
}

/**
 * icam_test_clip_first_of_visit:
 * @self: a clip
 * @visit: number of a visit
 *
 * Returns: the number of the first picture of that visit.
 */
guint
icam_test_clip_first_of_visit (const IcamTestClip *self, guint visit)
{
  return (self->n_quiet_gops + (visit % ICAM_TEST_N_VISITS) * ICAM_TEST_VISIT_GOPS) * ICAM_TEST_GOP;
}
