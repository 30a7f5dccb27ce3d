### Overview, and what is said before a core was heard.

connecting-to = در حال اتصال به { $url }
cure-service = سرویس روشن است؟
cure-serve = هسته را دستی اجرا کنید:
cure-demo = بدون هسته ببینید:
cure-behind = سرویس پشت آن روشن است؟
cure-which = کدام هسته را این تعیین می‌کند:
cure-same-key = هر دو باید یک کلید بخوانند:
cure-restart = هسته هنگام آغاز می‌خواند:
cure-key = کلید بسازید:
cure-port = پورت دست کیست؟
core-url-setting = CORE_URL در فایل تنظیمات
admin-key-setting = ADMIN_API_KEY در فایل تنظیمات
core = هسته
port = پورت
no-domain = بدون WEBHOOK_DOMAIN
links-title = لینک‌ها
database = پایگاه
healthy = سالم
look-at = ببینید: { $what }
broken = خراب: { $what }
requests-rate = درخواست/ث { $rate }
errors = خطا { $share }
answers-at = { $address } پاسخ می‌دهد
answered-at = { $address } پاسخ می‌داد
answers = پاسخ می‌دهد
port-owner = مالک
port-public = بیرون
tls-issuer = صادرکننده
tls-served = ارائه
oldest = کهنه‌ترین { $age }
links-fresh = { $count } تازه
links-partial = { $count } ناقص
links-kept = { $count } مانده
links-failed = { $count } ناموفق
links-never = { $count } بدون تلاش
links-off-there = { $count } خاموش در پنل
links-disabled = { $count } خاموش

cure-ladder = گام به گام دنبال علت گشتن:
port-listening = { $address } گوش می‌دهد

public-answers = از بیرون { $status } در { $time }

via = از راه { $what }

tls-valid = معتبر
tls-days-left = { $n ->
    [one] { $left } روز از { $total } مانده
   *[other] { $left } روز از { $total } مانده
}

tls-time-left = { $time } مانده

tls-names-match = نام‌ها درست‌اند
tls-on-disk = روی دیسک
tls-public = از بیرون
tls-renewed = { $age } پیش تمدید شد

changed = تغییر
checks-title = بررسی‌ها
checks-broken = { $count } خراب

checks-look = { $count } نیازمند نگاه

checks-unknown = { $count } نامعلوم

checks-ok = { $count } سالم
