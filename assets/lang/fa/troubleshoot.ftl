### عیب‌یابی: نردبان تا آنچه مشتری می‌بیند، و جزئیات یک پله.

screen-troubleshoot = عیب‌یابی
screen-evidence = جزئیات
key-why = عیب‌یابی
key-why-purchase = چرا
key-again = دوباره از اینجا
key-evidence = جزئیات
key-report = گزارش
help-why = گام به گام دنبال علت گشتن، از آنچه انتخاب شده
help-why-purchase = گام به گام دیدن پنلی که لینک‌هایش از آن است
help-again = دوباره از این پله به پایین
help-evidence = در این پله چه پرسیده شد و چه پاسخی آمد
help-copy-fix = کپی دستوری که آن را درست می‌کند
help-report = نوشتن یافته‌ها در پرونده‌ای تازه، بدون رازها
note-fix-copied = کاری که باید کرد کپی شد، اگر ترمینال بگذارد برنامه‌ها کپی کنند
public-path = مسیر مشتری
copies-it = { $key } کپی می‌کند

rung-settings = تنظیمات
rung-database = پایگاه داده
rung-unit = سرویس
rung-process = فرایند
rung-port = پورت
rung-firewall = دیوار آتش
rung-key = کلید
rung-endpoint = نشانی
rung-panels = پنل‌ها
rung-waiting = هنوز نه
rung-passed = بالاتر از جای آغاز
rung-broken-off = هنگام قطع شدن در حال بررسی بود
climb-not-asked = هنوز کسی نگاه نکرده
climb-broken-off = قطع شد
climb-not-started = alamor check آغاز نشد
climb-ended = alamor check زودتر پایان یافت، با کد { $code }

climb-killed = alamor check پیش از پایان کشته شد
climb-unreadable = سطر { $line } از پاسخ alamor check پله نیست

climb-too-long = alamor check پس از ۳۰ ث تمام نشد و متوقف شد
evidence-looked = دیده شد
evidence-took = در { $time }

evidence-asked = پرسش و پاسخ
evidence-none = چیز دیگری ثبت نشده
evidence-measured = اندازه‌ها
