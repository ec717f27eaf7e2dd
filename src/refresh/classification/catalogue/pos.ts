import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Point of sale and restaurant. */
export const pos: Area = {
  emptied: [{ reason: "cache of the point of sale", tables: "pos_cache" }],
  treated: {
    pos_config: {
      token: "access_token uuid",
      null: "epson_printer_ip proxy_ip",
      text: "receipt_footer receipt_header",
      filename: "customer_display_bg_img_name self_ordering_image_brand_name",
    },
    pos_mercury_configuration: {
      text: "name",
      null: "merchant_id",
      secret: "merchant_pwd",
    },
    pos_note: {
      translated: "name",
    },
    pos_order: {
      name: "cashier",
      email: "email@partner_id",
      phone: "mobile@partner_id",
      text: "floating_order_name general_customer_note general_note internal_note note",
      token: "access_token uuid ticket_code",
      null: "l10n_fr_hash pos_version table_stand_number",
      json: "last_order_preparation_change multiprint_resume",
    },
    pos_order_line: {
      text: "full_product_name customer_note note notice",
      null: "down_payment_details extra_tax_data",
      token: "uuid",
    },
    pos_pack_operation_lot: {
      identifier: "lot_name",
    },
    pos_payment: {
      text: "name",
      token: "uuid",
      null: `
        card_brand card_no card_type cardholder_name dpopay_mobile_money_phone dpopay_rrn dpopay_transaction_ref
        mercury_card_brand mercury_card_number mercury_card_owner_name mercury_invoice_no mercury_record_no
        mercury_ref_no payment_method_authcode payment_method_issuer_bank payment_method_payment_mode
        payment_ref_no paytm_authcode paytm_card_scheme paytm_issuer_bank paytm_issuer_card_no
        paytm_payment_method paytm_reference_no pine_labs_plutus_transaction_ref razorpay_authcode
        razorpay_card_owner_name razorpay_card_scheme razorpay_issuer_bank razorpay_issuer_card_no
        razorpay_p2p_request_id razorpay_payment_method razorpay_reference_no razorpay_reverse_ref_no ticket
        transaction_id viva_com_session_id
      `,
    },
    pos_payment_method: {
      secret: `
        adyen_api_key dpopay_bearer_token dpopay_client_secret glory_password mp_bearer_token
        mp_webhook_secret_key paytm_merchant_key pine_labs_security_token qfpay_notification_key qfpay_pos_key
        razorpay_api_key viva_com_api_key viva_com_bearer_token viva_com_client_secret
        viva_com_webhook_verification_key viva_wallet_api_key viva_wallet_bearer_token viva_wallet_client_secret
        viva_wallet_webhook_verification_key
      `,
      null: `
        adyen_latest_diagnosis adyen_latest_response adyen_merchant_account adyen_terminal_identifier channel_id
        dpopay_chain_id dpopay_client_id dpopay_mid dpopay_tid glory_username glory_websocket_address
        mollie_terminal_id mp_id_point_smart mp_id_point_smart_complet paytm_mid paytm_tid pine_labs_client
        pine_labs_merchant pine_labs_store qfpay_latest_response qfpay_terminal_ip_address razorpay_tid
        razorpay_username six_terminal_ip stripe_serial_number viva_com_client_id viva_com_latest_response
        viva_com_merchant_id viva_com_terminal_id viva_wallet_client_id viva_wallet_latest_response
        viva_wallet_merchant_id viva_wallet_terminal_id latest_response
      `,
    },
    pos_printer: {
      null: "epson_printer_ip proxy_ip",
    },
    pos_session: {
      text: "closing_notes opening_notes",
      token: "access_token",
    },
    restaurant_order_course: {
      token: "uuid",
    },
    restaurant_printer: {
      null: "epson_printer_ip proxy_ip",
    },
    restaurant_table: {
      token: "identifier",
    },
  },
  kept: [
    {
      reason: why.style,
      tables: {
        restaurant_floor: "background_color",
        restaurant_table: "color",
      },
    },
    {
      reason: why.label,
      tables: {
        pos_bill: "name",
        pos_category: "name",
        pos_combo: "name[17]",
        pos_config: "name",
        pos_order_line: "l10n_in_hsn_code",
        pos_payment: "payment_status",
        pos_payment_method: "name",
        pos_preset: "name",
        pos_printer: "name",
        restaurant_floor: "name",
        restaurant_printer: "name[16]",
        restaurant_table: "name[16-17]",
      },
    },
    {
      reason: why.ids,
      tables: {
        pos_order_line: "reward_identifier_code",
      },
    },
    {
      reason: why.number,
      tables: {
        pos_order: "name pos_reference tracking_number",
        pos_order_line: "name",
        pos_session: "name",
      },
    },
  ],
};
