### Update: a job, its panels, causes and items.

no-update-yet = هنوز به‌روزرسانی نشده
update-offer = u لینک همهٔ خریدهای فعال را به‌روز می‌کند؛ اول می‌پرسد
job-by = توسط { $by }
count-success = موفق { $count }
count-failed = ناموفق { $count }
count-connection = اتصال { $count }
count-connection-error = خطای اتصال { $count }
count-total = جمع { $count }
kind-all = به‌روزرسانی همه
kind-dry-all = آزمایشی همه
kind-some = به‌روزرسانی
kind-dry = اجرای آزمایشی
kind-retry = تکرار #{ $job }
kind-dry-retry = تکرار آزمایشی #{ $job }
kind-forced = { $kind }، اجباری،
about-left = { $elapsed }، حدود { $left } مانده
done-in = { $count } در { $time }
done-in-with-floor = { $count } در { $time } (کمینه { $floor })
held = { $n ->
    [one] { $count } خرید نگه داشته شد: بیش از نیمی از لینک‌ها از دست می‌رفت
   *[other] { $count } خرید نگه داشته شد: بیش از نیمی از لینک‌ها از دست می‌رفت
}
force-offer = F اجبار می‌کند
by-panel = به تفکیک پنل
by-cause = به تفکیک علت
more-lines = و { $count } سطر دیگر: پنل‌ها با 4
left-out = کنار گذاشته
breaker-open-next = مدارشکن باز، تلاش بعدی { $time } دیگر
job-breaker-open = مدارشکن باز
job-breaker-half-open = مدارشکن نیمه‌باز
nothing-wrong = تا اینجا خطایی نبوده
items = موارد
items-failed-only = فقط ناموفق‌ها
items-newest-first = تازه‌ترین‌ها اول
none-failed = هیچ‌کدام ناموفق نبود
none-ended = هنوز هیچ‌کدام تمام نشده
fresh-and-kept = { $fresh } تازه، { $kept } مانده
only-kept = { $count } مانده
items-on-slow-line = روی خط کند، پس از پایان به‌روزرسانی فهرست می‌شوند
