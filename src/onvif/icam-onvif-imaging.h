/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif.h"

G_BEGIN_DECLS

/* What of a picture can be set by a number. */
typedef enum
{
  ICAM_IMAGING_BRIGHTNESS,
  ICAM_IMAGING_SATURATION,
  ICAM_IMAGING_CONTRAST,
  ICAM_IMAGING_SHARPNESS,
  ICAM_N_IMAGING,
} IcamImagingValue;

/* Whether infrared light is kept from the picture: by day it is. A bit each, so that options are a set. */
typedef enum
{
  ICAM_IR_CUT_UNKNOWN = 0,
  ICAM_IR_CUT_ON = 1 << 0,
  ICAM_IR_CUT_OFF = 1 << 1,
  ICAM_IR_CUT_AUTO = 1 << 2,
} IcamIrCut;

/* How a source's picture is made, and what could be. */
typedef struct
{
  struct
  {
    gboolean known;  /* it has a value */
    gboolean ranged; /* and can be set from min to max */
    double value, min, max;
  } values[ICAM_N_IMAGING];
  IcamIrCut ir_cut;
  guint ir_cut_options;
} IcamImaging;

/* What is to be another one; the rest stays as it is. */
typedef struct
{
  gboolean set[ICAM_N_IMAGING];
  double values[ICAM_N_IMAGING];
  IcamIrCut ir_cut; /* UNKNOWN: stays */
} IcamImagingChange;

const char  *icam_imaging_value_name   (IcamImagingValue value);
const char  *icam_ir_cut_to_string     (IcamIrCut        ir_cut);
IcamIrCut    icam_ir_cut_from_string   (const char      *text);

void         icam_onvif_imaging_get_async  (IcamOnvifDevice         *self,
                                            const char              *source,
                                            GCancellable            *cancellable,
                                            GAsyncReadyCallback      callback,
                                            gpointer                 user_data);
IcamImaging *icam_onvif_imaging_get_finish (IcamOnvifDevice         *self,
                                            GAsyncResult            *result,
                                            GError                 **error);
void         icam_onvif_imaging_set_async  (IcamOnvifDevice         *self,
                                            const char              *source,
                                            const IcamImagingChange *change,
                                            GCancellable            *cancellable,
                                            GAsyncReadyCallback      callback,
                                            gpointer                 user_data);
gboolean     icam_onvif_imaging_set_finish (IcamOnvifDevice         *self,
                                            GAsyncResult            *result,
                                            GError                 **error);

G_END_DECLS
