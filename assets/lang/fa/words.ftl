### Words of states, units and short names, shared by every screen.

unit-byte = B
unit-kilobyte = kB
unit-megabyte = MB
unit-gigabyte = GB
unit-millisecond = م‌ث
unit-second = ث
unit-minute = دق
unit-hour = س
unit-day = روز
short-minute = { " " }دق
short-hour = { " " }س
short-day = { " " }روز
percent = { $number }٪
per-second = { $rate } /ث
ago = { $age } پیش
never = هرگز
expired = { $age } گذشته
none = هیچ
links = { $n ->
    [one] { $count } لینک
   *[other] { $count } لینک
}
purchases = { $n ->
    [one] { $count } خرید
   *[other] { $count } خرید
}
active-purchases = { $n ->
    [one] { $count } خرید فعال
   *[other] { $count } خرید فعال
}
panels = { $n ->
    [one] { $count } پنل
   *[other] { $count } پنل
}
rungs = { $n ->
    [one] { $count } پله
   *[other] { $count } پله
}
state-fresh = تازه
state-partial = ناقص
state-kept = مانده
state-failed = ناموفق
state-never = بدون تلاش
state-disabled = خاموش
state-off-there = خاموش در پنل
outcome-updated = به‌روز
outcome-unchanged = بی‌تغییر
outcome-partial = ناقص
outcome-kept = مانده
outcome-failed = ناموفق
outcome-open = باز
job-queued = در صف
job-running = در حال اجرا
job-done = پایان یافت
job-cancelled = لغو شد
job-stopped = محافظ متوقف کرد
job-failed = ناموفق
check-ok = خوب
check-warn = هشدار
check-crit = بحرانی
check-unknown = نامعلوم
check-not-tried = بررسی نشد
not-measured = سنجیده نشده
