import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Online payment, certificates and paid services. */
export const payment: Area = {
  treated: {
    certificate_certificate: {
      text: "name",
      null: "loading_error serial_number subject_common_name",
      secret: "pkcs12_password pem_certificate",
    },
    certificate_key: {
      text: "name",
      null: "loading_error",
      secret: "password pem_key",
    },
    iap_account: {
      secret: "account_token",
      text: "name sender_name",
      null: "balance",
    },
    payment_provider: {
      secret: `
        adyen_api_key adyen_client_key adyen_hmac_key alipay_md5_signature_key aps_access_code aps_sha_request
        aps_sha_response asiapay_secure_hash_secret authorize_client_key authorize_login authorize_signature_key
        authorize_transaction_key buckaroo_secret_key buckaroo_website_key dpo_company_token
        flutterwave_public_key flutterwave_secret_key flutterwave_webhook_secret iyzico_key_secret
        mercado_pago_access_token mercado_pago_public_key mercado_pago_refresh_token mollie_api_key
        nuvei_secret_key ogone_password ogone_shakey_in ogone_shakey_out paymob_api_key paymob_hmac_key
        paymob_public_key paymob_secret_key paypal_access_token paypal_client_secret paypal_pdt_token
        payu_merchant_key payu_merchant_salt payulatam_api_key payumoney_merchant_key payumoney_merchant_salt razorpay_access_token
        razorpay_key_secret razorpay_public_token razorpay_refresh_token razorpay_webhook_secret
        redsys_secret_key sips_secret stripe_publishable_key stripe_secret_key stripe_webhook_secret
        worldline_api_key worldline_api_secret worldline_webhook_key worldline_webhook_secret xendit_public_key
        xendit_secret_key xendit_webhook_token
      `,
      null: `
        adyen_api_url_prefix adyen_checkout_api_url adyen_merchant_account adyen_recurring_api_url
        alipay_merchant_partner_id alipay_seller_email aps_merchant_identifier asiapay_merchant_id
        dpo_service_ref iyzico_key_id nuvei_merchant_identifier nuvei_site_identifier ogone_pspid ogone_userid
        paypal_client_id paypal_email_account paypal_seller_account paypal_webhook_id payulatam_account_id
        payulatam_merchant_id razorpay_account_id razorpay_key_id redsys_merchant_code redsys_merchant_terminal
        sips_merchant_id sips_prod_url sips_test_url worldline_pspid
      `,
      "translated-html": "auth_msg cancel_msg done_msg pending_msg pre_msg",
    },
    payment_token: {
      text: "payment_details",
      "external-id": "provider_ref",
      null: `
        adyen_shopper_reference authorize_profile flutterwave_customer_email mercado_pago_customer_id
        stripe_mandate stripe_payment_method
      `,
    },
    payment_transaction: {
      name: "partner_name@partner_id",
      email: "partner_email@partner_id",
      phone: "partner_phone@partner_id",
      street: "partner_address@partner_id",
      city: "partner_city@partner_id",
      zip: "partner_zip@partner_id",
      "external-id": "reference provider_reference",
      null: "landing_route state_message paypal_type callback_hash stripe_payment_intent",
    },
  },
  kept: [
    {
      reason: why.label,
      tables: {
        iap_account: "service_name[16-17]",
        payment_icon: "name[16]",
        payment_method: "code name",
        payment_provider: "name display_as[16] sips_version[16-17]",
      },
    },
    {
      reason: why.model,
      tables: {
        payment_transaction: "callback_method[16-17]",
      },
    },
  ],
};
