/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-offer.h"

/* An encoder with more inputs than this is not believed. */
#define MAX_OFFERS 64

/**
 * icam_offer_free:
 * @offer: (transfer full): an offer
 */
void
icam_offer_free (IcamOffer *offer)
{
  g_free (offer->token);
  g_free (offer->name);
  g_free (offer->main_profile);
  g_free (offer->sub_profile);
  g_free (offer->main_uri);
  g_free (offer->sub_uri);
  g_free (offer);
}

static void
add (GPtrArray             *offers,
     char                  *token,
     const char            *name,
     const IcamOnvifStream *main,
     const IcamOnvifStream *sub)
{
  IcamOffer *offer = g_new0 (IcamOffer, 1);

  offer->token = token;
  offer->name = g_strdup (name);
  offer->main_profile = g_strdup (main->profile);
  offer->main_uri = g_strdup (main->uri);
  offer->codec = main->codec;
  offer->width = main->width;
  offer->height = main->height;
  if (sub != NULL)
    {
      offer->sub_profile = g_strdup (sub->profile);
      offer->sub_uri = g_strdup (sub->uri);
    }
  icam_uuid_generate (&offer->channel);
  g_ptr_array_add (offers, offer);
}

/**
 * icam_offers_of_onvif:
 * @channels: (element-type IcamOnvifChannel): what a device answered
 *
 * Returns: (transfer full) (element-type IcamOffer): each view of it that could be recorded, those that may be another view of
 * the same source too
 */
GPtrArray *
icam_offers_of_onvif (GPtrArray *channels)
{
  GPtrArray *offers = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_offer_free);

  for (guint i = 0; i < channels->len; i++)
    {
      const IcamOnvifChannel *channel = channels->pdata[i];

      if (channel->main != NULL && offers->len < MAX_OFFERS)
        add (offers, g_strdup (channel->token), channel->name, channel->main, channel->sub);
      for (guint j = 0; channel->other_views != NULL && j < channel->other_views->len && offers->len < MAX_OFFERS; j++)
        {
          const IcamOnvifStream *view = channel->other_views->pdata[j];

          add (offers, g_strdup_printf ("%s#%s", channel->token, view->profile), view->name, view, NULL);
        }
    }

  return offers;
}

/**
 * icam_offer_to_row:
 * @offer: an offer
 * @row: (inout): a channel's row; what it says of profiles and addresses is replaced
 */
void
icam_offer_to_row (const IcamOffer *offer,
                   IcamChannelRow  *row)
{
  g_free (row->token);
  row->token = g_strdup (offer->token);
  g_free (row->main_profile);
  row->main_profile = g_strdup (offer->main_profile);
  g_free (row->sub_profile);
  row->sub_profile = g_strdup (offer->sub_profile);
  g_free (row->main_uri);
  row->main_uri = g_strdup (offer->main_uri);
  g_free (row->sub_uri);
  row->sub_uri = g_strdup (offer->sub_uri);
}
