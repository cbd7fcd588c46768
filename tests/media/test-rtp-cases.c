/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "test-rtp-cases.h"

#include <gst/app/gstappsink.h>
#include <string.h>

static GBytes *
to_bytes (GstSample *sample)
{
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  gsize size = gst_buffer_get_size (buffer);
  guint8 *data = g_malloc (size);

  gst_buffer_extract (buffer, 0, data, size);
  return g_bytes_new_take (data, size);
}

/* A pipeline with appsinks "units" and "packets". */
void
test_rtp_run (const char  *description,
              TestRtpSent *sent)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, &error);
  const char *const names[] = { "units", "packets" };

  g_assert_no_error (error);
  sent->units = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  sent->packets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), names[i]);
      GstSample *sample;

      while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink))) != NULL)
        {
          const GstStructure *s = gst_caps_get_structure (gst_sample_get_caps (sample), 0);

          g_ptr_array_add (i == 0 ? sent->units : sent->packets, to_bytes (sample));
          if (i == 1 && sent->description == NULL)
            sent->description = gst_structure_copy (s);
          if (i == 0 && sent->codec_data == NULL)
            {
              GstBuffer *data = NULL;

              if (gst_structure_get (s, "codec_data", GST_TYPE_BUFFER, &data, NULL))
                {
                  gsize size = gst_buffer_get_size (data);
                  guint8 *copy = g_malloc (size);

                  gst_buffer_extract (data, 0, copy, size);
                  sent->codec_data = g_bytes_new_take (copy, size);
                  gst_buffer_unref (data);
                }
            }
          gst_sample_unref (sample);
        }
    }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_cmpuint (sent->units->len, >, 3);
  g_assert_cmpuint (sent->packets->len, >, 3);
}

void
test_rtp_sent_clear (TestRtpSent *sent)
{
  g_ptr_array_unref (sent->units);
  g_ptr_array_unref (sent->packets);
  gst_structure_free (sent->description);
  g_clear_pointer (&sent->codec_data, g_bytes_unref);
}

/* An fmtp line as an SDP has it. */
char *
test_rtp_fmtp (const GstStructure *s)
{
  static const char *const wanted[]
    = { "sprop-parameter-sets", "sprop-vps", "sprop-sps", "sprop-pps", "config", "sizelength", "indexlength", "indexdeltalength" };
  GString *line = g_string_new ("96 ");

  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    if (gst_structure_has_field (s, wanted[i]))
      {
        const char *value = gst_structure_get_string (s, wanted[i]);

        g_string_append_printf (line, "%s=%s; ", wanted[i], value);
      }
  return g_string_free (line, FALSE);
}
