/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-encoder-private.h"

#include <math.h>

#include "onvif/icam-onvif-profiles-private.h"

/* What is more is not believed. */
#define MAX_PIXELS   32768
#define MAX_RATE     1000
#define MAX_GOP      100000
#define MAX_SIZES    128
#define MAX_RATES    128
#define MAX_PROFILES 256

/* What detection wants to see. */
#define WANTED_WIDTH    640
#define WANTED_HEIGHT   360
#define MIN_WIDTH       320
/* That wide it does as well. */
#define GOOD_MIN_WIDTH  480
#define GOOD_MAX_WIDTH  800
#define MIN_RATE        5.0
#define MAX_WANTED_RATE 10.0
#define MIN_SECONDS     1.0
#define MAX_SECONDS     2.0
/* How far two shapes may differ and still show the same. */
#define SAME_SHAPE 0.05

/**
 * icam_encoder_free:
 * @encoder: an encoder
 */
void
icam_encoder_free (IcamEncoder *encoder)
{
  g_free (encoder->token);
  g_array_unref (encoder->sizes);
  g_array_unref (encoder->rates);
  g_free (encoder);
}

/**
 * icam_encoding_equal:
 * @a: an encoding
 * @b: another
 *
 * Returns: whether they are the same; what one does not know is no difference
 */
gboolean
icam_encoding_equal (const IcamEncoding *a, const IcamEncoding *b)
{
  return a->width == b->width && a->height == b->height
         && (!(a->rate > 0) || !(b->rate > 0) || fabs (a->rate - b->rate) < 0.01)
         && (a->gop == 0 || b->gop == 0 || a->gop == b->gop);
}

/* ---- what a device says ---- */

static gboolean
read_size (xmlNode *node, IcamEncodingSize *size)
{
  int width, height;

  if (!icam_soap_get_int (node, "Width", 1, MAX_PIXELS, &width) || !icam_soap_get_int (node, "Height", 1, MAX_PIXELS, &height))
    return FALSE;
  *size = (IcamEncodingSize) { (guint) width, (guint) height };
  return TRUE;
}

/* Where the H.264 part is, the length of a group is in it; Media 2 has it as an attribute. */
static xmlNode *
gop_holder (xmlNode *configuration, gboolean media2, const char **path)
{
  *path = media2 ? "@GovLength" : "GovLength";
  return media2 ? configuration : icam_soap_child (configuration, "H264");
}

static double
read_shape (xmlNode *source, const IcamEncoding *now)
{
  xmlNode *bounds = icam_soap_child (source, "Bounds");
  double own = (double) now->width / now->height, whole;
  int width, height;

  if (!icam_soap_get_int (bounds, "@width", 1, MAX_PIXELS, &width) || !icam_soap_get_int (bounds, "@height", 1, MAX_PIXELS, &height))
    return own;
  /* Pixels of analogue television are not square: 352x288 and its like show all that the source shows. */
  whole = (double) width / height;
  return now->height == 288 || now->height == 240 || now->height == 576 || now->height == 480 ? whole : own;
}

/**
 * icam_encoder_read:
 * @answer: (nullable): a GetProfilesResponse
 * @media2: whether it is one of the Media 2 service
 * @profile: token of a profile
 * @main_profile: (nullable): token of the profile of the main stream
 * @configuration: (out) (transfer none): the encoder's element in the answer
 * @shared: (out): whether the main stream has the same encoder: what is changed for one is changed for both
 *
 * Returns: (transfer full) (nullable): the profile's encoder, without what it could do; %NULL where there is none that is understood
 */
IcamEncoder *
icam_encoder_read (xmlNode    *answer,
                   gboolean    media2,
                   const char *profile,
                   const char *main_profile,
                   xmlNode   **configuration,
                   gboolean   *shared)
{
  const char *path = media2 ? "Configurations/VideoEncoder" : "VideoEncoderConfiguration";
  g_autofree char *of_main = NULL;
  xmlNode *found = NULL, *element, *holder;
  IcamEncodingSize size;
  IcamEncoder *encoder;
  int number;
  guint n = 0;

  *shared = FALSE;
  for (xmlNode *node = icam_soap_child (answer, "Profiles"); node != NULL && n < MAX_PROFILES; node = icam_soap_next (node), n++)
    {
      g_autofree char *token = icam_soap_dup_attribute (node, "token");

      if (found == NULL && g_strcmp0 (token, profile) == 0)
        found = node;
      else if (of_main == NULL && token != NULL && g_strcmp0 (token, main_profile) == 0)
        of_main = icam_soap_dup_attribute (icam_soap_child (node, path), "token");
    }

  element = icam_soap_child (found, path);
  if (element == NULL || icam_onvif_video_codec (element, "Encoding") == ICAM_CODEC_NONE
      || !read_size (icam_soap_child (element, "Resolution"), &size))
    return NULL;

  encoder = g_new0 (IcamEncoder, 1);
  encoder->token = icam_soap_dup_attribute (element, "token");
  encoder->sizes = g_array_new (FALSE, FALSE, sizeof (IcamEncodingSize));
  encoder->rates = g_array_new (FALSE, FALSE, sizeof (double));
  if (encoder->token == NULL)
    {
      icam_encoder_free (encoder);
      return NULL;
    }

  encoder->codec = icam_onvif_video_codec (element, "Encoding");
  encoder->now.width = size.width;
  encoder->now.height = size.height;
  encoder->interval = icam_soap_get_int (element, "RateControl/EncodingInterval", 1, MAX_RATE, &number) ? (guint) number : 1;
  if (icam_soap_get_number (element, "RateControl/FrameRateLimit", 0, MAX_RATE, &encoder->now.rate))
    encoder->now.rate /= encoder->interval;
  holder = gop_holder (element, media2, &path);
  if (encoder->codec != ICAM_CODEC_MJPEG && icam_soap_get_int (holder, path, 1, MAX_GOP, &number))
    encoder->now.gop = (guint) number;
  encoder->shape
    = read_shape (icam_soap_child (found, media2 ? "Configurations/VideoSource" : "VideoSourceConfiguration"), &encoder->now);
  *shared = g_strcmp0 (of_main, encoder->token) == 0;
  *configuration = element;
  return encoder;
}

static void
read_sizes (IcamEncoder *encoder, xmlNode *options)
{
  for (xmlNode *node = icam_soap_child (options, "ResolutionsAvailable"); node != NULL && encoder->sizes->len < MAX_SIZES;
       node = icam_soap_next (node))
    {
      IcamEncodingSize size;

      if (read_size (node, &size))
        g_array_append_val (encoder->sizes, size);
    }
}

/* "30 25 20" */
static void
read_list (const char *text, GArray *numbers)
{
  g_auto (GStrv) words = g_strsplit_set (text != NULL ? text : "", " \t\r\n,", -1);

  for (guint i = 0; words[i] != NULL && numbers->len < MAX_RATES; i++)
    {
      char *end;
      double value = g_ascii_strtod (words[i], &end);

      if (end != words[i] && *end == '\0' && value > 0 && value <= MAX_RATE)
        g_array_append_val (numbers, value);
    }
}

/* Media 2: an element for each way of encoding, the ranges as lists in attributes. */
static void
read_options2 (IcamEncoder *encoder, xmlNode *answer)
{
  for (xmlNode *node = icam_soap_child (answer, "Options"); node != NULL; node = icam_soap_next (node))
    {
      g_autofree char *rates = icam_soap_dup_attribute (node, "FrameRatesSupported");
      g_autofree char *gop = icam_soap_dup_attribute (node, "GovLengthRange");
      g_autoptr (GArray) ends = g_array_new (FALSE, FALSE, sizeof (double));

      if (icam_onvif_video_codec (node, "Encoding") != encoder->codec)
        continue;
      read_sizes (encoder, node);
      read_list (rates, encoder->rates);
      read_list (gop, ends);
      if (ends->len > 0)
        {
          encoder->min_gop = (guint) g_array_index (ends, double, 0);
          encoder->max_gop = MAX (encoder->min_gop, (guint) g_array_index (ends, double, ends->len - 1));
        }
      return;
    }
}

/**
 * icam_encoder_read_options:
 * @encoder: an encoder
 * @answer: (nullable): a GetVideoEncoderConfigurationOptionsResponse
 * @media2: whether it is one of the Media 2 service
 *
 * Learns what the encoder could do (Media specification, section 5.8.3; Media 2, section 5.5.4).
 */
void
icam_encoder_read_options (IcamEncoder *encoder, xmlNode *answer, gboolean media2)
{
  static const char *const paths[][2] = {
    [ICAM_CODEC_H264] = { "Options/H264", "Options/Extension/H264" },
    [ICAM_CODEC_H265] = { "Options/H265", "Options/Extension/H265" },
    [ICAM_CODEC_MJPEG] = { "Options/JPEG", "Options/Extension/JPEG" },
  };
  xmlNode *options;
  int min, max;

  if (media2)
    {
      read_options2 (encoder, answer);
      return;
    }

  options = icam_soap_child (answer, paths[encoder->codec][0]);
  if (options == NULL)
    options = icam_soap_child (answer, paths[encoder->codec][1]);
  read_sizes (encoder, options);
  if (icam_soap_get_number (options, "FrameRateRange/Min", 0, MAX_RATE, &encoder->min_rate)
      && !icam_soap_get_number (options, "FrameRateRange/Max", encoder->min_rate, MAX_RATE, &encoder->max_rate))
    encoder->min_rate = 0;
  if (icam_soap_get_int (options, "GovLengthRange/Min", 0, MAX_GOP, &min)
      && icam_soap_get_int (options, "GovLengthRange/Max", min, G_MAXINT, &max))
    {
      encoder->min_gop = (guint) MAX (min, 1);
      encoder->max_gop = (guint) MAX (max, 1);
    }
}

/* ---- what is wished for ---- */

static double
distance (guint width, guint height)
{
  return fabs (log ((double) width * height / (WANTED_WIDTH * WANTED_HEIGHT)));
}

/* The size that is nearest to the wanted one and shows the same; that of now if none is nearer. */
static void
propose_size (const IcamEncoder *encoder, IcamEncoding *wanted)
{
  if (wanted->width >= GOOD_MIN_WIDTH && wanted->width <= GOOD_MAX_WIDTH)
    return;

  for (guint i = 0; i < encoder->sizes->len; i++)
    {
      const IcamEncodingSize *size = &g_array_index (encoder->sizes, IcamEncodingSize, i);
      double shape = (double) size->width / size->height;

      if (size->width < MIN_WIDTH || fabs (shape - encoder->shape) > SAME_SHAPE * encoder->shape)
        continue;
      if (distance (size->width, size->height) < distance (wanted->width, wanted->height) - 1e-6)
        {
          wanted->width = size->width;
          wanted->height = size->height;
        }
    }
}

static void
propose_rate (const IcamEncoder *encoder, IcamEncoding *wanted)
{
  double goal = CLAMP (wanted->rate, MIN_RATE, MAX_WANTED_RATE), best = wanted->rate;

  if (!(wanted->rate > 0) || (wanted->rate >= MIN_RATE && wanted->rate <= MAX_WANTED_RATE))
    return;

  if (encoder->max_rate > 0)
    {
      /* The limits are of what is told it, before pictures are left out; it takes whole numbers. */
      double limit = CLAMP (round (goal * encoder->interval), ceil (encoder->min_rate), floor (encoder->max_rate));

      best = limit / encoder->interval;
    }
  for (guint i = 0; i < encoder->rates->len; i++)
    {
      double rate = g_array_index (encoder->rates, double, i);

      if (fabs (rate - goal) < fabs (best - goal))
        best = rate;
    }
  if (fabs (best - goal) < fabs (wanted->rate - goal))
    wanted->rate = best;
}

/* A key frame every second or two. */
static void
propose_gop (const IcamEncoder *encoder, IcamEncoding *wanted)
{
  double shortest = ceil (wanted->rate * MIN_SECONDS - 1e-6), longest = MAX (1, floor (wanted->rate * MAX_SECONDS + 1e-6));
  double gop;

  if (wanted->gop == 0 || encoder->max_gop == 0 || !(wanted->rate > 0))
    return;
  gop = CLAMP (wanted->gop, shortest, MAX (shortest, longest));
  wanted->gop = (guint) CLAMP (gop, encoder->min_gop, encoder->max_gop);
}

/**
 * icam_encoder_propose:
 * @encoder: an encoder of a sub stream
 * @wanted: (out): how detection would have it, of what the encoder offers
 *
 * 640x360 or the nearest of the same shape, 5 to 10 pictures a second, a key frame every second or two. What is well stays as it
 * is, and what the encoder does not tell of.
 *
 * Returns: whether that is another one than now
 */
gboolean
icam_encoder_propose (const IcamEncoder *encoder, IcamEncoding *wanted)
{
  *wanted = encoder->now;
  propose_size (encoder, wanted);
  propose_rate (encoder, wanted);
  propose_gop (encoder, wanted);
  return !icam_encoding_equal (&encoder->now, wanted);
}

/* ---- what a device is told ---- */

static void
set_content (xmlNode *parent, const char *path, const char *text)
{
  xmlNode *node = icam_soap_child (parent, path);

  if (node != NULL)
    xmlNodeSetContent (node, BAD_CAST text);
}

/**
 * icam_encoder_write:
 * @encoder: the encoder as it was read
 * @configuration: its element in the answer
 * @media2: whether it is one of the Media 2 service
 * @to: how it is to be
 *
 * Writes it as it was told, with nothing changed but this: what we do not know stays what it is.
 *
 * Returns: (transfer full) (nullable): the argument of SetVideoEncoderConfiguration; %NULL if it cannot be written
 */
char *
icam_encoder_write (const IcamEncoder *encoder, xmlNode *configuration, gboolean media2, const IcamEncoding *to)
{
  xmlDoc *doc = xmlNewDoc (BAD_CAST "1.0");
  /* Declares what was declared around it. */
  xmlNode *copy = xmlDocCopyNode (configuration, doc, 1);
  xmlBuffer *buffer = xmlBufferCreate ();
  g_autofree char *width = g_strdup_printf ("%u", to->width);
  g_autofree char *height = g_strdup_printf ("%u", to->height);
  g_autofree char *gop = g_strdup_printf ("%u", to->gop);
  char rate[G_ASCII_DTOSTR_BUF_SIZE];
  const char *path;
  xmlNode *holder;
  char *text = NULL;

  if (copy == NULL || buffer == NULL)
    g_error ("Out of memory");
  xmlDocSetRootElement (doc, copy);
  xmlNodeSetName (copy, BAD_CAST "Configuration");
  xmlSetNs (copy, xmlNewNs (copy, BAD_CAST (media2 ? ICAM_NS_MEDIA2 : ICAM_NS_MEDIA), BAD_CAST "icam-media"));

  set_content (copy, "Resolution/Width", width);
  set_content (copy, "Resolution/Height", height);
  if (to->rate > 0)
    set_content (copy, "RateControl/FrameRateLimit",
                 g_ascii_formatd (rate, sizeof rate, "%g",
                                  media2 ? to->rate * encoder->interval : round (to->rate * encoder->interval)));
  holder = gop_holder (copy, media2, &path);
  if (to->gop > 0 && media2)
    xmlSetProp (copy, BAD_CAST "GovLength", BAD_CAST gop);
  else if (to->gop > 0)
    set_content (holder, path, gop);
  if (xmlNodeDump (buffer, doc, copy, 0, 0) > 0)
    text = g_strdup ((const char *) xmlBufferContent (buffer));
  xmlBufferFree (buffer);
  xmlFreeDoc (doc);
  return text;
}
