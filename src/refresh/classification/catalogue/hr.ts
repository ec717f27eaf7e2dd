import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Employees, applicants, contracts, leaves and expenses. */
export const hr: Area = {
  treated: {
    hr_applicant: {
      name: "partner_name@partner_id",
      text: "name salary_expected_extra salary_proposed_extra",
      html: "applicant_notes description",
      email: "email_from@partner_id email_normalized@partner_id email_cc",
      phone: `
        partner_mobile@partner_id partner_mobile_sanitized@partner_id partner_phone@partner_id
        partner_phone_sanitized@partner_id phone_sanitized@partner_id
      `,
      url: "linkedin_profile",
      amount: "salary_expected salary_proposed",
      properties: "applicant_properties",
    },
    hr_attendance: {
      null: `
        in_browser in_city in_country_name in_ip_address in_latitude in_longitude in_location out_browser
        out_city out_country_name out_ip_address out_latitude out_longitude out_location
      `,
    },
    hr_attendance_overtime_rule: {
      html: "description",
    },
    hr_attendance_overtime_ruleset: {
      html: "description",
    },
    hr_candidate: {
      name: "partner_name@partner_id",
      email: "email_from@partner_id email_normalized@partner_id email_cc",
      phone: "partner_phone@partner_id partner_phone_sanitized@partner_id phone_sanitized@partner_id",
      url: "linkedin_profile",
      properties: "candidate_properties",
    },
    hr_contract: {
      text: "name",
      html: "notes",
      amount: "wage",
    },
    hr_department: {
      text: "note",
    },
    hr_employee: {
      name: "name@resource_id legal_name@resource_id",
      email: "work_email@work_contact_id private_email",
      phone: "work_phone@work_contact_id mobile_phone@work_contact_id private_phone",
      street: "private_street private_street2",
      city: "private_city",
      zip: "private_zip",
      null: `
        emergency_contact emergency_phone spouse_complete_name spouse_birthdate ssnid sinid identification_id
        passport_id passport_expiration_date visa_no visa_expire permit_no work_permit_expiration_date
        l10n_mx_curp l10n_mx_nss l10n_mx_rfc place_of_birth country_of_birth country_id gender sex children
        study_field study_school private_car_plate mobility_card vehicle km_home_work distance_home_work barcode
        pin today_location_name salary_distribution birthday_month certificate departure_date has_work_permit
      `,
      "date-year": "birthday",
      html: "departure_description",
      text: "additional_note notes job_title",
      amount: "hourly_cost",
      "constant-single": "marital",
      properties: "employee_properties",
      filename: "id_card_name driving_license_name",
    },
    hr_employee_departure: {
      null: "departure_description",
      "date-year": "departure_date",
    },
    hr_expense: {
      text: "name description",
      "external-id": "reference",
    },
    hr_expense_sheet: {
      text: "name",
    },
    hr_job: {
      properties: "job_properties",
      text: "requirements",
      "translated-html": "description job_details website_description",
    },
    hr_job_platform: {
      email: "email",
    },
    hr_leave: {
      text: "private_name notes report_note",
    },
    hr_leave_allocation: {
      text: "name private_name notes",
    },
    hr_plan_activity_type: {
      text: "summary",
      html: "note",
    },
    hr_recruitment_stage: {
      text: "requirements",
    },
    hr_resume_line: {
      translated: "name",
      "translated-html": "description",
      filename: "certificate_filename",
      url: "external_url",
      properties: "resume_line_properties",
    },
    hr_talent_pool: {
      translated: "name",
      html: "description",
    },
    hr_version: {
      text: "name job_title additional_note",
      amount: "wage",
      null: `
        ssnid identification_id passport_id passport_expiration_date sex children spouse_birthdate
        spouse_complete_name km_home_work distance_home_work departure_date country_id
      `,
      "constant-single": "marital",
      street: "private_street private_street2",
      city: "private_city",
      zip: "private_zip",
      html: "departure_description",
    },
    hr_work_entry: {
      text: "name",
    },
    mail_activity_plan_template: {
      text: "summary@activity_type_id",
      html: "note@activity_type_id",
    },
  },
  kept: [
    {
      reason: why.choice,
      tables: {
        hr_employee: "birthday_public_display",
      },
    },
    {
      reason: why.label,
      tables: {
        hr_applicant_category: "name",
        hr_applicant_refuse_reason: "name",
        hr_attendance_overtime_rule: "name",
        hr_attendance_overtime_ruleset: "name",
        hr_contract_type: "code name",
        hr_department: "complete_name[16-18] display_name name",
        hr_departure_reason: "name",
        hr_employee_category: "name",
        hr_job: "name",
        hr_job_platform: "name",
        hr_leave: "duration_display",
        hr_leave_accrual_plan: "name",
        hr_leave_mandatory_day: "name",
        hr_leave_stress_day: "name[16]",
        hr_leave_type: "name",
        hr_payroll_structure_type: "name",
        hr_plan: "name[16]",
        hr_recruitment_degree: "name",
        hr_recruitment_stage: "legend_blocked legend_done legend_normal legend_waiting name",
        hr_resume_line_type: "name",
        hr_skill: "name",
        hr_skill_level: "name",
        hr_skill_type: "name",
        hr_work_entry_type: "code display_code external_code name",
        hr_work_location: "location_number name",
        l10n_in_hr_leave_optional_holiday: "name",
      },
    },
    {
      reason: why.definition,
      tables: {
        hr_job: "applicant_properties_definition",
        hr_resume_line_type: "resume_line_type_properties_definition",
      },
    },
    {
      reason: why.path,
      tables: {
        hr_department: "parent_path",
      },
    },
    {
      reason: why.ids,
      tables: {
        hr_expense: "analytic_distribution",
      },
    },
    {
      reason: why.code,
      tables: {
        hr_job_platform: "regex",
      },
    },
  ],
};
