"""The columns of Salesforce's weekly data export, object by object, as the Data Export Service writes them.

Standard fields first, in the service's order, then the company's own `...__c` fields. Only objects the demo writes.
"""


def _columns(text: str) -> list[str]:
    return text.replace("\n", "").replace(" ", "").split(",")


def _address(prefix: str, *, with_codes: bool = False) -> str:
    parts = ["Street", "City", "State", "PostalCode", "Country"]
    parts += ["StateCode", "CountryCode"] if with_codes else []
    return ",".join(prefix + part for part in [*parts, "Latitude", "Longitude", "GeocodeAccuracy"])


_AUDIT = "CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,SystemModstamp"
_RECURRENCE = """RecurrenceActivityId,IsRecurrence,RecurrenceStartDateOnly,RecurrenceEndDateOnly,
RecurrenceTimeZoneSidKey,RecurrenceType,RecurrenceInterval,RecurrenceDayOfWeekMask,RecurrenceDayOfMonth,
RecurrenceInstance,RecurrenceMonthOfYear,RecurrenceRegeneratedType"""

HEADERS: dict[str, list[str]] = {
    "Account": _columns(
        f"""Id,IsDeleted,MasterRecordId,Name,Type,ParentId,{_address("Billing", with_codes=True)},
        {_address("Shipping", with_codes=True)},Phone,Fax,AccountNumber,Website,Sic,Industry,AnnualRevenue,
        NumberOfEmployees,Ownership,TickerSymbol,Description,Rating,Site,CurrencyIsoCode,OwnerId,{_AUDIT},
        LastActivityDate,Jigsaw,JigsawCompanyId,AccountSource,SicDesc,Region__c,Time_Zone__c,Executive_Sponsor__c,
        Category_Spend__c,Category_Spend_Currency__c,Support_Client__c,Support_Until__c"""
    ),
    "Contact": _columns(
        f"""Id,IsDeleted,MasterRecordId,AccountId,Salutation,FirstName,LastName,{_address("Other")},
        {_address("Mailing")},Phone,Fax,MobilePhone,HomePhone,OtherPhone,AssistantPhone,ReportsToId,Email,Title,
        Department,AssistantName,LeadSource,Birthdate,Description,CurrencyIsoCode,OwnerId,HasOptedOutOfEmail,
        HasOptedOutOfFax,DoNotCall,{_AUDIT},LastActivityDate,LastCURequestDate,LastCUUpdateDate,EmailBouncedReason,
        EmailBouncedDate,Jigsaw,JigsawContactId,Pronouns,GenderIdentity"""
    ),
    "User": _columns(
        f"""Id,Username,FirstName,LastName,CompanyName,Division,Department,Title,Street,City,State,PostalCode,Country,
        Latitude,Longitude,GeocodeAccuracy,Email,Phone,Fax,MobilePhone,Alias,CommunityNickname,IsActive,TimeZoneSidKey,
        UserRoleId,LocaleSidKey,ReceivesInfoEmails,ReceivesAdminInfoEmails,EmailEncodingKey,DefaultCurrencyIsoCode,
        CurrencyIsoCode,ProfileId,UserType,LanguageLocaleKey,EmployeeNumber,DelegatedApproverId,ManagerId,
        LastLoginDate,LastPasswordChangeDate,{_AUDIT},Region__c,Role_Started_On__c"""
    ),
    "Opportunity": _columns(
        f"""Id,IsDeleted,AccountId,IsPrivate,Name,Description,StageName,StageSortOrder,Amount,Probability,
        ExpectedRevenue,TotalOpportunityQuantity,CloseDate,Type,NextStep,LeadSource,IsClosed,IsWon,ForecastCategory,
        ForecastCategoryName,CurrencyIsoCode,CampaignId,HasOpportunityLineItem,Pricebook2Id,OwnerId,{_AUDIT},
        LastActivityDate,LastStageChangeDate,FiscalYear,FiscalQuarter,ContactId,PrimaryPartnerAccountId,
        LastAmountChangedHistoryId,LastCloseDateChangedHistoryId,Loss_Reason__c"""
    ),
    "OpportunityHistory": _columns(
        """Id,OpportunityId,CreatedById,CreatedDate,CreatedDateForInsert,StageName,Amount,ExpectedRevenue,CloseDate,
        Probability,FromForecastCategory,ForecastCategory,PrevForecastUpdate,FromOpportunityStageName,
        PrevOpportunityStageUpdate,CurrencyIsoCode,ValidThroughDate,SystemModstamp,IsDeleted,PrevAmount,PrevCloseDate"""
    ),
    "Contract": _columns(
        f"""Id,AccountId,CurrencyIsoCode,Pricebook2Id,OwnerExpirationNotice,StartDate,{_address("Billing")},
        {_address("Shipping")},ContractTerm,OwnerId,Status,CompanySignedId,CompanySignedDate,CustomerSignedId,
        CustomerSignedTitle,CustomerSignedDate,SpecialTerms,ActivatedById,ActivatedDate,StatusCode,Description,Name,
        IsDeleted,ContractNumber,LastApprovedDate,{_AUDIT},LastActivityDate,Contract_Value__c,Terminated_On__c,
        Termination_Reason__c,FX_Clause__c"""
    ),
    "Case": _columns(
        f"""Id,IsDeleted,MasterRecordId,CaseNumber,ContactId,AccountId,AssetId,SourceId,BusinessHoursId,ParentId,
        SuppliedName,SuppliedEmail,SuppliedPhone,SuppliedCompany,Type,Status,Reason,Origin,Subject,Priority,
        Description,IsClosed,ClosedDate,IsEscalated,CurrencyIsoCode,OwnerId,IsClosedOnCreate,{_AUDIT},
        EventsProcessedDate,First_Response__c,SLA_Hours__c"""
    ),
    "Task": _columns(
        f"""Id,WhoId,WhatId,Subject,ActivityDate,Status,Priority,OwnerId,Description,CurrencyIsoCode,Type,IsDeleted,
        AccountId,IsClosed,{_AUDIT},IsArchived,EmailMessageId,ActivityOriginType,CallDurationInSeconds,CallType,
        CallDisposition,CallObject,ReminderDateTime,IsReminderSet,{_RECURRENCE},CompletedDateTime"""
    ),
    "Event": _columns(
        f"""Id,WhoId,WhatId,Subject,Location,IsAllDayEvent,ActivityDateTime,ActivityDate,DurationInMinutes,Description,
        AccountId,OwnerId,CurrencyIsoCode,Type,IsPrivate,ShowAs,IsDeleted,IsChild,IsGroupEvent,GroupEventType,{_AUDIT},
        Held__c,Executive_Attended__c,Deck_Ready_On__c,Actions_Logged__c,Follow_Up_On__c"""
    ),
    "AccountHistory": _columns("Id,IsDeleted,AccountId,CreatedById,CreatedDate,Field,DataType,OldValue,NewValue"),
}

NULL_LOOKUP = "000000000000000AAA"

# Columns the service never leaves empty: look-ups have a null id, check boxes a 0.
_LOOKUPS = """MasterRecordId,ParentId,ReportsToId,CampaignId,Pricebook2Id,ContactId,PrimaryPartnerAccountId,AssetId,
SourceId,BusinessHoursId,WhoId,WhatId,UserRoleId,ProfileId,DelegatedApproverId,ManagerId,CompanySignedId,
CustomerSignedId,ActivatedById,EmailMessageId,RecurrenceActivityId,LastAmountChangedHistoryId,
LastCloseDateChangedHistoryId,Executive_Sponsor__c"""
_CHECK_BOXES = """IsDeleted,HasOptedOutOfEmail,HasOptedOutOfFax,DoNotCall,ReceivesInfoEmails,ReceivesAdminInfoEmails,
IsPrivate,HasOpportunityLineItem,IsClosedOnCreate,IsArchived,IsReminderSet,IsRecurrence,IsAllDayEvent,IsChild,
IsGroupEvent,IsEscalated,IsClosed,IsWon,Support_Client__c,FX_Clause__c,Executive_Attended__c,Actions_Logged__c"""
DEFAULTS: dict[str, str] = dict.fromkeys(_columns(_LOOKUPS), NULL_LOOKUP) | dict.fromkeys(_columns(_CHECK_BOXES), "0")
