/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <libxml/tree.h>

G_BEGIN_DECLS

/* The namespaces that we speak. Any prefix may stand for them. */
#define ICAM_NS_SOAP12 "http://www.w3.org/2003/05/soap-envelope"
#define ICAM_NS_SOAP11 "http://schemas.xmlsoap.org/soap/envelope/"
#define ICAM_NS_DEVICE "http://www.onvif.org/ver10/device/wsdl"
#define ICAM_NS_MEDIA "http://www.onvif.org/ver10/media/wsdl"
#define ICAM_NS_MEDIA2 "http://www.onvif.org/ver20/media/wsdl"
#define ICAM_NS_EVENTS "http://www.onvif.org/ver10/events/wsdl"
#define ICAM_NS_PTZ "http://www.onvif.org/ver20/ptz/wsdl"
#define ICAM_NS_IMAGING "http://www.onvif.org/ver20/imaging/wsdl"
#define ICAM_NS_WSNT "http://docs.oasis-open.org/wsn/b-2"
#define ICAM_NS_WSA "http://www.w3.org/2005/08/addressing"
#define ICAM_NS_SCHEMA "http://www.onvif.org/ver10/schema"
#define ICAM_NS_WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define ICAM_NS_WSU "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

/* The largest answer that is read, in bytes, and the deepest. */
#define ICAM_SOAP_MAX_SIZE (1024u * 1024)
#define ICAM_SOAP_MAX_DEPTH 64

/* An envelope that was read: a body with an answer, or a fault. */
typedef struct _IcamSoap IcamSoap;

IcamSoap   *icam_soap_parse         (const char *data,
                                     gsize       size,
                                     GError    **error);
void        icam_soap_free          (IcamSoap   *self);
gboolean    icam_soap_is_fault      (IcamSoap   *self);
const char *icam_soap_get_fault     (IcamSoap   *self);
const char *icam_soap_get_reason    (IcamSoap   *self);
gboolean    icam_soap_is_refusal    (IcamSoap   *self);
gboolean    icam_soap_is_must_understand (IcamSoap *self);
xmlNode    *icam_soap_get_answer    (IcamSoap   *self,
                                     const char *space,
                                     const char *name);

xmlNode    *icam_soap_get_any_answer (IcamSoap  *self,
                                     const char *name);

xmlNode    *icam_soap_child         (xmlNode    *parent,
                                     const char *path);
xmlNode    *icam_soap_next          (xmlNode    *node);
char       *icam_soap_dup_text      (xmlNode    *parent,
                                     const char *path);
char       *icam_soap_dup_clean     (xmlNode    *parent,
                                     const char *path);
char       *icam_soap_dup_attribute (xmlNode    *node,
                                     const char *name);
char       *icam_soap_dup_xml       (xmlNode    *parent,
                                     gsize       max_size);
gboolean    icam_soap_get_number    (xmlNode    *parent,
                                     const char *path,
                                     double      min,
                                     double      max,
                                     double     *number);
gboolean    icam_soap_get_int       (xmlNode    *parent,
                                     const char *path,
                                     int         min,
                                     int         max,
                                     int        *number);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamSoap, icam_soap_free)

G_END_DECLS
