### کارها: آخرین‌ها، یکی از آن‌ها، تفاوت‌ها، و آنچه عوض می‌شد.

screen-jobs = کارها
screen-job = کار
screen-compare = مقایسه
screen-item = پیش‌نمایش
jobs-kept = { $n ->
    [one] { $count } تای آخر
   *[other] { $count } تای آخر
}
jobs-not-read = کارها خوانده نشد: { $why }
kind-of = { $kind }، { $purchases }
column-when = زمان
column-by = توسط
column-from = از کجا
column-what = چه
column-success = موفق
column-failed = ناموفق
column-connection = اتصال
column-total = جمع
column-took = مدت
column-floor = کمینه
job-reading = در حال خواندن کار
unchanged-not-kept = بی‌تغییرها فقط شمرده‌اند
all-unchanged = فقط شمار آن مانده: چیزی عوض نشد
items-no-match = هیچ موردی با پالایه نمی‌خواند
compare-title = #{ $job } کنار #{ $with }
compare-reading = مقایسه با آخرین کار همانند
newly-failing = { $n ->
    [one] { $count } ناموفق تازه
   *[other] { $count } ناموفق تازه
}
recovered = { $n ->
    [one] { $count } درست‌شده
   *[other] { $count } درست‌شده
}
still-failing = { $n ->
    [one] { $count } ناموفق در هر دو
   *[other] { $count } ناموفق در هر دو
}
compare-unknown = { $n ->
    [one] { $count } فقط در یکی
   *[other] { $count } فقط در یکی
}
fails-now = ناموفق شد
recovered-now = درست شد
compare-nothing = نه ناموفق تازه‌ای هست، نه درست‌شده‌ای
compare-more = { $n ->
    [one] و { $count } دیگر
   *[other] و { $count } دیگر
}
in-dry-run = در اجرای آزمایشی #{ $job }
label-why = چرا
no-preview = لینک‌هایش هنوز خوانده نشده
preview-links = لینک‌ها
preview-nothing = همه همان‌گونه می‌مانند
preview-forgotten = کدام‌ها: فقط برای تازه‌ترین اجرای آزمایشی می‌ماند
preview-more-links = { $n ->
    [one] و { $count } لینک دیگر
   *[other] و { $count } لینک دیگر
}
change-removed = حذف
change-replaced = جایگزین
change-renamed = نام تازه
change-added = افزوده
change-kept = مانده
ask-dry = آزمایشی: { $question }
dry-run-shows = چیزی نوشته نمی‌شود: نشان می‌دهد چه عوض می‌شد
beside-success = موفق
beside-failed = ناموفق
beside-connection = خطای اتصال
beside-total = جمع
beside-time = مدت
beside-floor = کمینه
beside-state = وضعیت
beside-started = آغاز
beside-by = توسط
