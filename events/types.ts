// Written from the catalogue by `make types`. Do not edit.
// new TidingsClient<Catalog>(…), useRealtime<Catalog>(…), new Producer<Catalog>(…)

export interface JobCreated {
  job_id: number;
  company: string;
  job_title: string;
  location: string;
  source: string;
}

export interface JobAnalyzing {
  job_id: number;
  company: string;
  job_title: string;
}

export interface JobAnalyzed {
  job_id: number;
  match_score: number;
  recommendation: string;
  strengths: string[];
  concerns: string[];
}

export interface ApplicationStatusChanged {
  job_id: number;
  company: string;
  job_title: string;
  old_status: string;
  new_status: string;
  timestamp: string;
}

export interface ApplicationUpdated {
  job_id: number;
  company: string;
  job_title: string;
  updated_fields: string[];
  timestamp: string;
}

export interface RecommendationsNew {
  count: number;
  top_recommendations: RecommendedJob[];
  generated_at: string;
}

export interface RecommendedJob {
  job_id: number;
  company: string;
  job_title: string;
  score: number;
}

export interface RecommendationsUpdated {
  count: number;
  top_recommendations: RecommendedJob[];
  updated_at: string;
}

export interface SkillGapCompleted {
  job_id: number;
  overall_match: number;
  matching_skills: number;
  missing_skills: number;
  missing_skills_list: MissingSkill[];
}

export interface MissingSkill {
  skill: string;
  importance: string;
}

export interface SkillGapUpdated {
  job_id: number;
  overall_match: number;
  matching_skills: number;
  missing_skills: number;
  missing_skills_list: MissingSkill[];
  previous_match: number;
  updated_at: string;
}

export interface FollowUpScheduled {
  job_id: number;
  company: string;
  job_title: string;
  followup_id: number;
  followup_type: string;
  scheduled_date: string;
}

export interface FollowUpDue {
  job_id: number;
  company: string;
  job_title: string;
  followup_id: number;
  followup_type: string;
  scheduled_date: string;
  hours_until_due: number;
}

export interface FollowUpSent {
  job_id: number;
  company: string;
  job_title: string;
  followup_id: number;
  followup_type: string;
  sent_at: string;
}

export interface InterviewScheduled {
  interview_id: number;
  job_id: number;
  company: string;
  interview_type: string;
  scheduled_date: string;
  job_title: string;
  duration_minutes: number;
  calendar_event_id?: string | null;
}

export interface InterviewUpdated {
  interview_id: number;
  job_id: number;
  company: string;
  interview_type: string;
  scheduled_date: string;
  job_title: string;
  duration_minutes: number;
  calendar_event_id?: string | null;
  status: "scheduled" | "rescheduled" | "cancelled" | "completed";
}

export interface InterviewReminder {
  interview_id: number;
  job_id: number;
  company: string;
  interview_type: string;
  scheduled_date: string;
  time_until: string;
}

export interface SystemNotification {
  message: string;
  severity: string;
  action_required: boolean;
}

export interface SystemMaintenance {
  message: string;
  severity: string;
  action_required: boolean;
  starts_at: string;
  ends_at: string;
}

export interface SystemPing {
  timestamp: string;
}

export interface ScheduleCancelled {
}

export interface UserRevoked {
}

export interface UserForgotten {
}

export interface Catalog {
  events: {
    "job.created": JobCreated;
    "job.analyzing": JobAnalyzing;
    "job.analyzed": JobAnalyzed;
    "application.status_changed": ApplicationStatusChanged;
    "application.updated": ApplicationUpdated;
    "recommendations.new": RecommendationsNew;
    "recommendations.updated": RecommendationsUpdated;
    "skill_gap.completed": SkillGapCompleted;
    "skill_gap.updated": SkillGapUpdated;
    "followup.due": FollowUpDue;
    "followup.sent": FollowUpSent;
    "interview.scheduled": InterviewScheduled;
    "interview.updated": InterviewUpdated;
    "interview.reminder": InterviewReminder;
    "system.notification": SystemNotification;
    "system.maintenance": SystemMaintenance;
    "system.ping": SystemPing;
  };
  channelOf: {
    "job.created": "jobs";
    "job.analyzing": "jobs";
    "job.analyzed": "jobs";
    "application.status_changed": "applications";
    "application.updated": "applications";
    "recommendations.new": "recommendations";
    "recommendations.updated": "recommendations";
    "skill_gap.completed": "skills";
    "skill_gap.updated": "skills";
    "followup.due": "followups";
    "followup.sent": "followups";
    "interview.scheduled": "interviews";
    "interview.updated": "interviews";
    "interview.reminder": "interviews";
    "system.notification": "system";
    "system.maintenance": "system";
    "system.ping": "system";
  };
  channels: "jobs" | "applications" | "recommendations" | "skills" | "followups" | "interviews" | "system";
  produced: {
    "job.created": JobCreated;
    "job.analyzing": JobAnalyzing;
    "job.analyzed": JobAnalyzed;
    "application.status_changed": ApplicationStatusChanged;
    "application.updated": ApplicationUpdated;
    "recommendations.new": RecommendationsNew;
    "recommendations.updated": RecommendationsUpdated;
    "skill_gap.completed": SkillGapCompleted;
    "skill_gap.updated": SkillGapUpdated;
    "followup.scheduled": FollowUpScheduled;
    "followup.due": FollowUpDue;
    "followup.sent": FollowUpSent;
    "interview.scheduled": InterviewScheduled;
    "interview.updated": InterviewUpdated;
    "interview.reminder": InterviewReminder;
    "system.notification": SystemNotification;
    "system.maintenance": SystemMaintenance;
    "schedule.cancelled": ScheduleCancelled;
    "user.revoked": UserRevoked;
    "user.forgotten": UserForgotten;
  };
}
